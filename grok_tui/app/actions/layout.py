"""Which panes are on show: workspaces, one pane alone, help, the log."""

from __future__ import annotations

from textual.containers import Grid
from textual.events import Resize

from grok_tui.app.explorer_app import Instrument
from grok_tui.app.widgets.help_screen import HelpScreen
from grok_tui.app.widgets.log_screen import LogScreen
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.session.keymap import configured_keys
from grok_tui.session.saved_session import Layout
from grok_tui.session.workspaces import WORKSPACES, Workspace, workspace_named
from grok_tui.views import VIEWS

_NARROW, _LOW = 76, 30


class Arranging(Instrument):
    """A layout is a workspace, the pane that has the keys, and whether it stands alone."""

    @property
    def layout_now(self) -> Layout:
        """The layout on show, to come back to."""
        pane = self.focused_pane
        return Layout(self.workspace.name, pane.view.name if pane else None, self.zoomed)

    async def arrange(self, layout: Layout) -> None:
        if (workspace := workspace_named(layout.workspace)) is not self.workspace:
            await self.show_workspace(workspace)
        for pane in self.panes:
            if pane.view.name == layout.focused:
                pane.focus()
                if layout.zoomed:
                    self._stand_alone(pane)

    @property
    def zoomed(self) -> bool:
        return self.screen_stack[0].has_class("zoomed")

    @property
    def focused_pane(self) -> ViewPane | None:
        """The pane that has the keys, or had them before something was laid above it."""
        focused = self.screen_stack[0].focused
        return focused if isinstance(focused, ViewPane) else None

    async def action_workspace(self, index: int) -> None:
        if index < len(WORKSPACES) and WORKSPACES[index] is not self.workspace:
            await self.show_workspace(WORKSPACES[index])

    async def show_workspace(self, workspace: Workspace) -> None:
        """Put up a workspace's panes; the first one gets the keys."""
        self.workspace = workspace
        screen = self.screen_stack[0]
        screen.remove_class("zoomed")
        grid = screen.query_one("#panes", Grid)
        async with grid.batch():
            await grid.remove_children()
            await grid.mount_all(self.panes_of(workspace))
        self.panes[0].focus()
        self.ask()

    async def show_view(self, name: str) -> None:
        """Go to where a view stands."""
        home = next(workspace for workspace in WORKSPACES if name in workspace.views)
        if home is not self.workspace:
            await self.show_workspace(home)
        for pane in self.panes:
            if pane.view.name == name:
                pane.display = True
                pane.focus()
                if self.zoomed:
                    self._stand_alone(pane)

    def panes_of(self, workspace: Workspace) -> list[ViewPane]:
        """New panes for the views of a workspace."""
        panes = [ViewPane(VIEWS[name], self.palette, id=name) for name in workspace.views]
        panes[-1].set_class(len(panes) % 2 == 1, "last-of-odd")
        return panes

    def action_focus_next(self) -> None:
        self._focus_pane(1)

    def action_focus_previous(self) -> None:
        self._focus_pane(-1)

    def _focus_pane(self, by: int) -> None:
        """Give the keys to the next pane, round and round; one that stands alone makes room for it."""
        panes, focused = self.panes, self.focused_pane
        there = panes[(panes.index(focused) + by) % len(panes)] if focused else panes[0]
        if self.zoomed:
            self._stand_alone(there)
        there.focus()

    def action_zoom(self) -> None:
        if self.zoomed:
            self.screen_stack[0].remove_class("zoomed")
            for pane in self.panes:
                pane.display = True
        elif focused := self.focused_pane:
            self._stand_alone(focused)

    def _stand_alone(self, alone: ViewPane) -> None:
        self.screen_stack[0].add_class("zoomed")
        for pane in self.panes:
            pane.display = pane is alone

    def action_help(self) -> None:
        pane = self.focused_pane or self.panes[0]
        operation = self.explorer.run.config.operation if self.explorer else None
        self.push_screen(HelpScreen(pane.view, configured_keys(self.settings.keys), operation, self.palette(), pane))

    def action_log(self) -> None:
        """The tracebacks of what failed unexpectedly."""
        self.push_screen(LogScreen(list(self.errors)))

    def on_resize(self, event: Resize) -> None:
        self.screen_stack[0].set_class(event.size.width < _NARROW, "narrow")
        self.screen_stack[0].set_class(event.size.height < _LOW, "low")
