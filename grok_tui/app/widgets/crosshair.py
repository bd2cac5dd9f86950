"""A crosshair over one pane, moved by keys: shows the value under it.

On charts over epochs it is the epoch cursor: left and right step checkpoints, in all panes. Enter selects what is
under it: the pair of a map over tokens, the cluster of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.cell_text import from_cells
from grok_tui.render.readout import Readout
from grok_tui.render.target import Target
from grok_tui.render.titles import fit_parts

_LONG_STEP, _LONG_EPOCH_STEP = 8, 10  # in cells, in checkpoints
_NO_VALUE = "no value here"


class EpochCursor(NamedTuple):
    """The selected epoch, and the function that steps it by a number of checkpoints."""

    epoch: Callable[[], int | None]
    step: Callable[[int], None]


class Crosshair(ModalScreen[None]):
    """A transparent screen over the panes; `select` is called with what the user selects.

    `pan` moves the tokens of a map and returns whether it could. Any of `leaving_keys` closes it, and then does what it
    always does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,c,q", "dismiss", "leave"),
        *(
            Binding(f"{prefix}{key}", f"move({right}, {down}, {far})")
            for right, down, keys in ((1, 0, "right l"), (-1, 0, "left h"), (0, 1, "down j"), (0, -1, "up k"))
            for key in keys.split()
            for prefix, far in (("", False), *((("shift+", True),) if len(key) > 1 else ()))
        ),
        *(
            Binding(key, f"move({right}, {down}, True)")
            for key, right, down in (("L", 1, 0), ("H", -1, 0), ("J", 0, 1), ("K", 0, -1))
        ),
        ("enter", "select", "select"),
    ]

    def __init__(
        self,
        pane: ViewPane,
        epochs: EpochCursor,
        select: Callable[[Target], None],
        pan: Callable[[int, int], bool],
        leaving_keys: Sequence[str],
    ) -> None:
        super().__init__()
        self._pan = pan
        self._leaving_keys = leaving_keys
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

    def action_move(self, right: int, down: int, far: bool) -> None:
        column, row = self._pane.crosshair or self._pane.middle
        if right and self._pane.on_epochs:
            before = self._epochs.epoch()
            self._epochs.step(right * (_LONG_EPOCH_STEP if far else 1))
            at_end = self._epochs.epoch() == before
            self._point(*((at_end and self._pane.cell_in_next_area(right)) or (column, row)))
        else:
            self._move_by_cells(column, row, *((_LONG_STEP * right, _LONG_STEP * down) if far else (right, down)))

    def _move_by_cells(self, column: int, row: int, right: int, down: int) -> None:
        """Move the crosshair: at the edge of a map of some tokens, these; else at an edge into the next area."""
        inside = self._pane.nearest_cell(column + right, row + down, same_area=True)
        if inside == (column, row) and not self._pan(right, down):
            inside = self._pane.cell_in_next_area(right, down) or inside
        self._point(*inside)

    def on_key(self, event: Key) -> None:
        if event.key in self._leaving_keys:
            event.stop()
            self.dismiss()
            self.app.call_later(self.app.simulate_key, event.key)

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
        self.query_one("#readout", Static).update(from_cells(self._pane.glyphs(line)))

    def _point(self, column: int, row: int) -> None:
        self._selected = False
        self._pane.move_crosshair((column, row))
