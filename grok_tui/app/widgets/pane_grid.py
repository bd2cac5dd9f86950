"""The panes of a workspace, two by two; one of them can be zoomed."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Grid
from textual.events import Resize

from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.palette import Palette
from grok_tui.session.workspaces import Workspace
from grok_tui.views import VIEWS

# Below these sizes the panes are arranged otherwise.
_NARROW_COLUMNS, _LOW_LINES = 76, 30


class PaneGrid(Grid):
    """Shows the views of one workspace; exactly one pane has the focus."""

    def __init__(self, workspace: Workspace, palette: Callable[[], Palette]) -> None:
        super().__init__(id="panes")
        self.workspace = workspace
        self._palette = palette
        self._focused: ViewPane | None = None

    @property
    def panes(self) -> list[ViewPane]:
        return list(self.query(ViewPane))

    @property
    def focused_pane(self) -> ViewPane:
        """The pane that keys act on, also while a prompt or the help is above it."""
        focused = self.screen.focused
        if isinstance(focused, ViewPane):
            self._focused = focused
        panes = self.panes
        return self._focused if self._focused in panes else panes[0]

    @property
    def zoomed(self) -> bool:
        return self.has_class("zoomed")

    def compose(self) -> ComposeResult:
        yield from self._new_panes(self.workspace)

    async def show_workspace(self, workspace: Workspace) -> None:
        """Replace the panes by those of a workspace, and focus the first."""
        self.workspace = workspace
        self.remove_class("zoomed")
        async with self.batch():
            await self.remove_children()
            await self.mount_all(self._new_panes(workspace))
        self.panes[0].focus()

    def focus_view(self, name: str) -> None:
        """Focus the pane of a view, if it is on show; when zoomed, zoom it instead."""
        for pane in self.panes:
            if pane.view.name == name:
                self._focus(pane)

    def focus_step(self, by: int) -> None:
        """Focus the pane `by` places further, cyclically."""
        panes = self.panes
        self._focus(panes[(panes.index(self.focused_pane) + by) % len(panes)])

    def toggle_zoom(self) -> None:
        """Show the focused pane alone, or all panes again."""
        if self.zoomed:
            self.remove_class("zoomed")
            for pane in self.panes:
                pane.display = True
        else:
            self.zoom(self.focused_pane)

    def zoom(self, zoomed: ViewPane) -> None:
        """Show one pane alone."""
        self.add_class("zoomed")
        for pane in self.panes:
            pane.display = pane is zoomed

    def on_resize(self, event: Resize) -> None:
        self.set_class(self.app.size.width < _NARROW_COLUMNS, "narrow")
        self.set_class(self.app.size.height < _LOW_LINES, "low")

    def _focus(self, pane: ViewPane) -> None:
        if self.zoomed:
            self.zoom(pane)
        pane.focus()

    def _new_panes(self, workspace: Workspace) -> list[ViewPane]:
        panes = [ViewPane(VIEWS[name], self._palette, id=name) for name in workspace.views]
        panes[-1].set_class(len(panes) % 2 == 1, "last-of-odd")
        return panes
