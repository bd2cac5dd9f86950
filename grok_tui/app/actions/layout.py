"""Change the layout: workspaces, the focused pane, zoom; open the help."""

from __future__ import annotations

from functools import partial

from grok_tui.app.actions.context import Handlers, RunContext, stepping
from grok_tui.queries.operation_note import operation_note
from grok_tui.session.keymap import configured_keys
from grok_tui.session.workspaces import WORKSPACES, Workspace


class LayoutActions:
    """A layout is a workspace, its focused pane, and whether that is zoomed."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def handlers(self) -> Handlers:
        workspaces = {
            f"workspace.{number}": partial(self._show_workspace, workspace)
            for number, workspace in enumerate(WORKSPACES, start=1)
        }
        return {
            **workspaces,
            "pane.next": stepping(self._run.grid.focus_step, 1),
            "pane.previous": stepping(self._run.grid.focus_step, -1),
            "pane.zoom": self._run.grid.toggle_zoom,
            "help": self._show_help,
        }

    async def show_view(self, name: str) -> None:
        """Show the workspace of a view, and focus its pane."""
        await self._show_workspace(next(workspace for workspace in WORKSPACES if name in workspace.all_views), name)
        self._run.grid.focus_view(name)

    async def _show_workspace(self, workspace: Workspace, view: str | None = None) -> None:
        grid = self._run.grid
        if workspace is not grid.workspace or workspace.views_with(view) != grid.views:
            await grid.show_workspace(workspace, view)
            self._run.request_answers()

    def _show_help(self) -> None:
        from grok_tui.app.widgets.help_screen import HelpScreen

        run, pane = self._run, self._run.grid.focused_pane
        operation = run.explorer.run.config.operation if run.explorer.run.has_weights else "add"
        keys = configured_keys(run.settings.keys)
        run.app.push_screen(HelpScreen(pane.view, keys, operation, run.palette(), pane, operation_note(run.explorer)))
