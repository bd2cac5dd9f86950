"""A crosshair over one pane: moved by keys it reads off what stands under it.

Where epochs lie across it is the epoch cursor: left and right step checkpoints, in all panes. On a map over pairs of
tokens it can take the pair under it.
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
from grok_tui.render.readout import Readout
from grok_tui.render.titles import fit_parts

_FAR = 8  # cells at once
_FAR_EPOCHS = 10
_NOTHING = "nothing to read off here"


class EpochCursor(NamedTuple):
    """Where the epoch cursor stands, and what moves it by so many checkpoints."""

    epoch: Callable[[], int | None]
    step: Callable[[int], None]


class Crosshair(ModalScreen[None]):
    """Over the pane as it is; `epochs` is the selected epoch's cursor, `take` is called with a pair that was chosen.

    Any of the keys `left_for` ends it, and does what it does elsewhere.
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
        ("enter", "take", "take"),
    ]

    def __init__(
        self, pane: ViewPane, epochs: EpochCursor, take: Callable[[int, int], None], left_for: Sequence[str]
    ) -> None:
        super().__init__()
        self._left_for = left_for
        self._pane = pane
        self._epochs = epochs
        self._take = take
        self._taken = False

    def compose(self) -> ComposeResult:
        yield Static(id="reading", markup=False)

    def on_mount(self) -> None:
        self._pane.show_crosshair(self._pane.middle, self._epochs.epoch, self.read)

    def on_unmount(self) -> None:
        self._pane.hide_crosshair()

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self._point(*(self._pane.crosshair or self._pane.middle)))

    @property
    def reading(self) -> Readout | None:
        """What stands under it."""
        return self._pane.reading

    def action_move(self, right: int, down: int, far: bool) -> None:
        column, row = self._pane.crosshair or self._pane.middle
        if right and self._pane.on_epochs:
            before = self._epochs.epoch()
            self._epochs.step(right * (_FAR_EPOCHS if far else 1))
            at_the_end = self._epochs.epoch() == before
            self._point(*((at_the_end and self._pane.beyond(right)) or (column, row)))
        else:
            cells = _FAR if far else 1
            self._point(column + cells * right, row + cells * down)

    def on_key(self, event: Key) -> None:
        if event.key in self._left_for:
            event.stop()
            self.dismiss()
            self.app.call_later(self.app.simulate_key, event.key)

    def action_take(self) -> None:
        if self.reading is not None and self.reading.pair is not None:
            self._take(*self.reading.pair)
            self._taken = True
            self.read()

    def read(self) -> None:
        """Say what stands there now."""
        reading = self.reading
        text = _NOTHING if reading is None else reading.text
        taking = " · enter takes the pair" if reading is not None and reading.pair else ""
        if self._taken:
            taking = " · taken"
        line = fit_parts(f" ┼ {text}{taking} · esc leaves · arrows move", self.size.width)
        self.query_one("#reading", Static).update(self._pane.spelt(line))

    def _point(self, column: int, row: int) -> None:
        self._taken = False
        self._pane.move_crosshair((column, row))
