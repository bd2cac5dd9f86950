"""A crosshair over one pane: moved by keys it reads off what stands under it.

Where epochs lie across it is the epoch cursor: left and right step checkpoints, in all panes. On a map over pairs of
tokens it can take the pair under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.render.probe import Reading
from grok_tui.widgets.view_pane import ViewPane

_FAR = 8  # cells at once
_FAR_EPOCHS = 10
# Keys of the app that end it and do there what they always do.
_LEFT_FOR = (*"123456789", "tab", "shift+tab", "z", "question_mark", "e", "E", "Y", "ctrl+p")
_NOTHING = "nothing to read off here"


class EpochCursor(NamedTuple):
    """Where the epoch cursor stands, and what moves it by so many checkpoints."""

    epoch: Callable[[], int | None]
    step: Callable[[int], None]


class Crosshair(ModalScreen[None]):
    """Over the pane as it is; `epochs` is the selected epoch's cursor, `take` is called with a pair that was chosen."""

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
        *(Binding(name, f"leave_for('{name}')") for name in _LEFT_FOR),
    ]

    def __init__(self, pane: ViewPane, epochs: EpochCursor, take: Callable[[int, int], None]) -> None:
        super().__init__()
        self._pane = pane
        self._epochs = epochs
        self._take = take
        self._taken = False

    def compose(self) -> ComposeResult:
        yield Static(id="reading", markup=False)

    def on_mount(self) -> None:
        self._point(*(self._pane.crosshair or self._pane.middle))

    def on_unmount(self) -> None:
        self._pane.point(None)

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self._point(*(self._pane.crosshair or self._pane.middle)))

    @property
    def reading(self) -> Reading | None:
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

    def action_leave_for(self, key: str) -> None:
        self.dismiss()
        self.app.call_later(self.app.simulate_key, key)

    def action_take(self) -> None:
        if self.reading is not None and self.reading.pair is not None:
            self._take(*self.reading.pair)
            self._taken = True
            self.read()
            # What was taken may have changed the picture: once that is drawn, read again.
            self.set_timer(0.2, self.read)

    def read(self) -> None:
        """Say what stands there now."""
        reading = self.reading
        text = _NOTHING if reading is None else reading.text
        taking = " · enter takes the pair" if reading is not None and reading.pair else ""
        if self._taken:
            taking = " · taken: workspace 6 shows the pair"
        self.query_one("#reading", Static).update(self._pane.spelt(f" ┼ {text}{taking} · arrows move · c leaves"))

    def _point(self, column: int, row: int) -> None:
        self._taken = False
        self._pane.point((column, row), self._epochs.epoch())
        self.read()
