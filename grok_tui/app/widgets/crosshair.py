"""A crosshair over one pane, moved by keys and by the mouse: shows the value under it.

On charts over epochs it is the epoch cursor: left and right step checkpoints, in all panes. Enter, or a double click,
selects what is under it: the pair of a map over tokens, the cluster of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Key, MouseDown, MouseMove
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.app.widgets.count_prompt import CountPrompt
from grok_tui.app.widgets.mouse_widget import target_near
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.cell_text import from_cells
from grok_tui.render.readout import Readout
from grok_tui.render.target import Target
from grok_tui.render.titles import fit_parts

_LONG_STEP, _LONG_EPOCH_STEP = 8, 10  # in cells, in checkpoints
_NO_VALUE = "no value here"


class Move(NamedTuple):
    """A direction, and whether the step is a long one."""

    right: int
    down: int
    far: bool


_DIRECTIONS = {"right l": (1, 0), "left h": (-1, 0), "down j": (0, 1), "up k": (0, -1)}
# Moves by their keys; shift or a capital letter is a long step.
_MOVES = {
    key: Move(right, down, far)
    for keys, (right, down) in _DIRECTIONS.items()
    for arrow, letter in [keys.split()]
    for key, far in ((arrow, False), (letter, False), (f"shift+{arrow}", True), (letter.upper(), True))
}


@dataclass(frozen=True)
class CrosshairKeys:
    """Keys of the explorer that have an effect: those that leave the crosshair, and those before a count."""

    leaving: Sequence[str]
    count: Sequence[str]
    count_label: str


class EpochCursor(NamedTuple):
    """The selected epoch, and the function that steps it by a number of checkpoints."""

    epoch: Callable[[], int | None]
    step: Callable[[int], None]


class Crosshair(ModalScreen[None]):
    """A transparent screen over the panes; `select` is called with what the user selects.

    `pan` moves the tokens of a map and returns whether it could. A leaving key closes it, and then does what it always
    does. A count multiplies the steps of the next key, as in the explorer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,c,q", "dismiss", "leave"),
        *(Binding(key, f"move({move.right}, {move.down}, {move.far})") for key, move in _MOVES.items()),
        ("enter", "select", "select"),
    ]

    def __init__(
        self,
        pane: ViewPane,
        epochs: EpochCursor,
        select: Callable[[Target], None],
        pan: Callable[[int, int], bool],
        keys: CrosshairKeys,
    ) -> None:
        super().__init__()
        self._pan = pan
        self._keys = keys
        self._pane = pane
        self._epochs = epochs
        self._select = select
        self._selected = False

    def compose(self) -> ComposeResult:
        yield Static(id="readout", markup=False)

    def on_mount(self) -> None:
        self._pane.show_crosshair(self._pane.middle, self._epochs.epoch, self.show_readout)

    def on_unmount(self) -> None:
        self._pane.hide_crosshair()

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self._point(*(self._pane.crosshair or self._pane.middle)))

    @property
    def readout(self) -> Readout | None:
        """The value under the crosshair."""
        return self._pane.readout

    def action_move(self, right: int, down: int, far: bool, times: int = 1) -> None:
        """Move by `times` steps."""
        column, row = self._pane.crosshair or self._pane.middle
        if right and self._pane.on_epochs:
            before = self._epochs.epoch()
            self._epochs.step(right * times * (_LONG_EPOCH_STEP if far else 1))
            at_end = self._epochs.epoch() == before
            self._point(*((at_end and self._pane.cell_in_next_area(right)) or (column, row)))
        else:
            cells = times * (_LONG_STEP if far else 1)
            self._move_by_cells(column, row, cells * right, cells * down)

    def _move_by_cells(self, column: int, row: int, right: int, down: int) -> None:
        """Move the crosshair: at the edge of a map of some tokens, these; else at an edge into the next area."""
        inside = self._pane.nearest_cell(column + right, row + down, same_area=True)
        if inside == (column, row) and not self._pan(right, down):
            inside = self._pane.cell_in_next_area(right, down) or inside
        self._point(*inside)

    def on_key(self, event: Key) -> None:
        if event.key in self._keys.count:
            event.stop()
            self.app.push_screen(CountPrompt(self._keys.count_label), self._move_counted)
        elif event.key in self._keys.leaving:
            event.stop()
            self.dismiss()
            self.app.call_later(self.app.simulate_key, event.key)

    def _move_counted(self, typed: tuple[str, int | None] | None) -> None:
        """Move by a number of steps; a key that does not move is pressed without it."""
        key, count = typed or ("", None)
        if key in _MOVES:
            self.action_move(*_MOVES[key], 1 if count is None else count)
        elif key:
            self.app.call_later(self.app.simulate_key, key)

    def on_mouse_down(self, event: MouseDown) -> None:
        if event.button == 1:
            self._point_at(event)

    def on_mouse_move(self, event: MouseMove) -> None:
        if event.button == 1:
            self._point_at(event)

    def on_click(self, event: Click) -> None:
        """A click beside the pane leaves; a second one on a cell selects it."""
        if not self._pane.region.contains(event.screen_x, event.screen_y):
            self.dismiss()
        elif event.chain == 2:
            self.action_select()

    def _point_at(self, event: MouseDown | MouseMove) -> None:
        """Move to the readable cell nearest to the mouse, if that is on the pane; over epochs, to its epoch."""
        if not self._pane.region.contains(event.screen_x, event.screen_y):
            return
        left, top = self._pane.region.offset
        self._point(*self._pane.nearest_cell(event.screen_x - left, event.screen_y - top))
        area = self._pane.crosshair_area
        if area is not None and area.read_epoch is not None:
            target = target_near(area, event.screen_x - left, event.screen_y - top)
            if target is not None and target.epoch is not None:
                self._select(target)

    def action_select(self) -> None:
        if self.readout is not None and self.readout.target is not None:
            self._select(self.readout.target)
            self._selected = True
            self.show_readout()

    def show_readout(self) -> None:
        """Show the current value, and what the keys do."""
        readout = self.readout
        text = _NO_VALUE if readout is None else readout.text
        hint = f" · enter selects {readout.target.text}" if readout is not None and readout.target else ""
        if self._selected:
            hint = " · selected"
        line = fit_parts(f" ┼ {text}{hint} · esc leaves · arrows move", self.size.width)
        self.query_one("#readout", Static).update(from_cells(self._pane.glyphs(line)), layout=False)

    def _point(self, column: int, row: int) -> None:
        self._selected = False
        self._pane.move_crosshair((column, row))
