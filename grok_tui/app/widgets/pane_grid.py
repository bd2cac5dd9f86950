"""The panes of a workspace, two by two; one of them can be zoomed."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.events import Resize

from grok_tui.app.widgets.pane_group import PaneGroup
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.palette import Palette
from grok_tui.session.workspaces import Workspace
from grok_tui.terminal.terminal_images import TerminalImages
from grok_tui.views import VIEWS

# Below these sizes the panes are arranged otherwise.
_NARROW_COLUMNS, _LOW_LINES = 76, 30


class PaneGrid(PaneGroup):
    """Shows the views of one workspace; exactly one pane has the focus. `focused` may be a further view of it."""

    def __init__(
        self,
        workspace: Workspace,
        palette: Callable[[], Palette],
        images: TerminalImages | None = None,
        focused: str | None = None,
        zoom_key: str = "",
    ) -> None:
        """`zoom_key` is the key that shows a pane alone, for the hint in panes that show little."""
        super().__init__(id="panes", title=workspace.name)
        self.workspace = workspace
        self.views = workspace.views_with(focused)
        self.set_class(workspace.high_top, "high-top")
        self._palette = palette
        self._images = images
        self._zoom_key = zoom_key

    def compose(self) -> ComposeResult:
        yield from self._new_panes()

    async def show_workspace(self, workspace: Workspace, further: str | None = None) -> None:
        """Replace the panes by those of a workspace, the last by a further view of it, and focus the first."""
        self.workspace, self.title = workspace, workspace.name
        self.views = workspace.views_with(further)
        self.remove_class("zoomed")
        self.set_class(workspace.high_top, "high-top")
        async with self.batch():
            await self.remove_children()
            await self.mount_all(self._new_panes())
        self.panes[0].focus()

    @property
    def small(self) -> bool:
        """Whether the screen is so small that the panes are arranged otherwise."""
        return self._narrow or self._low

    @property
    def _narrow(self) -> bool:
        return self.app.size.width < _NARROW_COLUMNS

    @property
    def _low(self) -> bool:
        return self.app.size.height < _LOW_LINES

    def on_resize(self, event: Resize) -> None:
        self.set_class(self._narrow, "narrow")
        self.set_class(self._low, "low")

    def _zoom_hint(self) -> str:
        return "" if self.zoomed or not self._zoom_key else f" · {self._zoom_key} zooms"

    def _new_panes(self) -> list[ViewPane]:
        panes = [ViewPane(VIEWS[name], self._palette, self._images, self._zoom_hint, id=name) for name in self.views]
        panes[-1].set_class(len(panes) % 2 == 1, "last-of-odd")
        return panes
