"""The header of an open run: the tab line where there is room for it, and the status line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, get_args

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click

from grok_tui.app.widgets.jump_screen import JumpPlace
from grok_tui.app.widgets.status_line import StatusLine
from grok_tui.app.widgets.workspace_tabs import WorkspaceTabs, place_text
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import key_label
from grok_tui.session.workspaces import WORKSPACES, Workspace

# On a lower screen the panes need the row of the tab line.
_LOW_LINES = 30
# In jump mode without a tab line: a name of a workspace, after at most two letters and a blank.
_LISTED_COLUMNS = max(len(one.name) for one in WORKSPACES) + 3

State = Literal["playing", "training", "ablation"]  # from left to right


class RunHeader(Vertical):
    """Without a tab line, the status line begins with the workspace, such as `1/9 overview`.

    A click on that shows the next workspace; the wheel steps through the workspaces, on the tabs, too.
    """

    DEFAULT_CSS = "RunHeader { height: auto; }"

    def __init__(self, palette: Callable[[], Palette], workspace: Workspace, key_overrides: Mapping[str, str]) -> None:
        super().__init__()
        labels = [key_label(f"workspace.{number}", key_overrides) for number in range(1, len(WORKSPACES) + 1)]
        self._tabs = WorkspaceTabs(labels)
        self._line = StatusLine(palette)
        self._workspace = workspace
        self._status = "computing"
        self._states: dict[State, Sequence[str]] = dict.fromkeys(get_args(State), ())

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield self._line

    def on_mount(self) -> None:
        self._tabs.show(self._workspace)
        self.fit_screen()

    def on_resize(self) -> None:
        self.fit_screen()

    def fit_screen(self) -> None:
        """Show the tab line or not: also where only the height of the screen has changed, not that of the header."""
        size = self.app.size
        self._tabs.display = size.width >= self._tabs.columns and size.height >= _LOW_LINES
        self._show_line()

    def on_click(self, event: Click) -> None:
        if event.widget is self._line and not self._tabs.display and event.x <= len(place_text(self._workspace)):
            self.step_workspace(1)

    def on_mouse_scroll_down(self) -> None:
        self.step_workspace(1)

    def on_mouse_scroll_up(self) -> None:
        self.step_workspace(-1)

    def step_workspace(self, by: int) -> None:
        """Choose the workspace `by` places further, cyclically."""
        self.choose_workspace((WORKSPACES.index(self._workspace) + by) % len(WORKSPACES) + 1)

    def choose_workspace(self, number: int) -> None:
        """Have the screen show a workspace, counted from 1."""
        self.post_message(WorkspaceTabs.Chosen(number))

    def jump_places(self) -> list[JumpPlace]:
        """The workspaces for jump mode: their tabs, or without room for these a list above the footer."""
        go = [partial(self.choose_workspace, number) for number in range(1, len(WORKSPACES) + 1)]
        if self._tabs.display:
            return [JumpPlace(x, y, go) for (x, y), go in zip(self.tab_places, go, strict=True)]
        width, height = self.app.size
        columns = max(width // _LISTED_COLUMNS, 1)
        rows = -(-len(WORKSPACES) // columns)
        places = []
        for number, one in enumerate(WORKSPACES):
            row, column = divmod(number, columns)
            last = column == columns - 1 or number == len(WORKSPACES) - 1
            x = column * _LISTED_COLUMNS
            cells = width - x if last else _LISTED_COLUMNS
            places.append(JumpPlace(x, height - 1 - rows + row, go[number], one.name, cells))
        return places

    @property
    def tab_places(self) -> list[tuple[int, int]]:
        """The first cells of the tabs on the screen; none where there is no room for them."""
        x, y = self._tabs.region.offset
        return [(x + start, y) for start in self._tabs.starts] if self._tabs.display else []

    def show_workspace(self, workspace: Workspace) -> None:
        """Show which workspace is current."""
        if workspace is not self._workspace:
            self._workspace = workspace
            self._tabs.show(workspace)
            self._show_line()

    def show_status(self, status: str) -> None:
        """Show the position in the run and what the numbers depend on, in parts joined by ` · `."""
        self._status = status
        self._show_line()

    def show_state(self, name: State, texts: Sequence[str]) -> None:
        """Show a state at the right end, by its texts from the longest to the shortest; without any, remove it."""
        if texts != self._states[name]:
            self._states[name] = texts
            self._show_line()

    def _show_line(self) -> None:
        parts = [self._status] if self._tabs.display else [place_text(self._workspace), self._status]
        self._line.show(" · ".join(parts), tuple(self._states.values()))
