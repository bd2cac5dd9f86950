"""The mouse over readable areas: clicks select, dragging scrubs epochs, the wheel steps; the screen gets messages."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Click, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.message import Message
from textual.widget import Widget

from grok_tui.render.readout import Cell, ReadoutArea, area_at, readout_at, selectable_rows
from grok_tui.render.target import Target


class PaneChosen(Message):
    """A cell that selects something was clicked, or the mouse was dragged over epochs."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target


class PaneDoubleClicked(Message):
    """The pane was double-clicked, on a cell that selects `target`, if on any."""

    def __init__(self, target: Target | None) -> None:
        super().__init__()
        self.target = target


class PaneWheeled(Message):
    """The wheel was turned: the first of these actions that the screen has steps accordingly."""

    def __init__(self, action_ids: Sequence[str]) -> None:
        super().__init__()
        self.action_ids = action_ids


class MouseWidget(Widget):
    """A widget with readable areas. Clicks, dragging and the wheel become messages to the screen."""

    ALLOW_SELECT = False  # dragging scrubs epochs; terminals select text with shift

    _scrubbed: ReadoutArea | None = None  # the chart over epochs that the mouse is dragged in

    @property
    def areas(self) -> Sequence[ReadoutArea]:
        """The readable areas of what is drawn."""
        raise NotImplementedError

    @property
    def pane_keys(self) -> Sequence[str]:
        """The ids of the actions whose keys act on the widget."""
        raise NotImplementedError

    @property
    def selectable_rows(self) -> list[tuple[Cell, Target]]:
        """The first cell of each row that can be selected, with what it selects."""
        return selectable_rows(self.areas)

    def on_mouse_down(self, event: MouseDown) -> None:
        """On a chart over epochs, select the epoch, and follow the mouse until its button is released."""
        area = area_at(self.areas, event.x, event.y)
        if event.button == 1 and area is not None and area.read_epoch is not None:
            self._scrubbed = area
            self.capture_mouse()
            self._scrub(area, event)

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._scrubbed is not None:
            self._scrub(self._scrubbed, event)

    def on_mouse_up(self, event: MouseUp) -> None:
        if self._scrubbed is not None:
            self._scrubbed = None
            self.release_mouse()

    def on_click(self, event: Click) -> None:
        """Select what is under the mouse; a double click is for the screen."""
        readout = readout_at(self.areas, event.x, event.y)
        target = None if readout is None else readout.target
        if event.button != 1:
            return
        if event.chain == 2:
            self.post_message(PaneDoubleClicked(target))
        elif target is not None and target.epoch is None:  # `on_mouse_down` selects epochs
            self.post_message(PaneChosen(target))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._wheel(event, "next")

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._wheel(event, "previous")

    def _scrub(self, area: ReadoutArea, event: MouseDown | MouseMove) -> None:
        if target := target_near(area, event.x, event.y):
            self.post_message(PaneChosen(target))

    def _wheel(self, event: MouseScrollDown | MouseScrollUp, direction: str) -> None:
        """Have the screen step; where the panes do not fit on the screen, the wheel scrolls them instead."""
        if isinstance(self.parent, Widget) and self.parent.max_scroll_y > 0:
            return
        event.stop()
        area = area_at(self.areas, event.x, event.y)
        over_epochs = area is not None and area.read_epoch is not None
        self.post_message(PaneWheeled(wheel_actions(self.pane_keys, direction, over_epochs=over_epochs)))


def wheel_actions(pane_keys: Sequence[str], direction: str, *, over_epochs: bool) -> list[str]:
    """The actions that the wheel may stand for, the best first.

    Over a chart of epochs it steps those; elsewhere what the pane's own keys step, by default the neurons, or the rows
    in the table of runs. `direction` is "next" or "previous".

    >>> wheel_actions(["head.next", "head.previous", "crosshair"], "previous", over_epochs=False)
    ['head.previous', 'neuron.previous', 'runs.previous']
    """
    own = [key.partition(".")[0] for key in pane_keys if key.endswith(".next")]
    return [f"{name}.{direction}" for name in (*(["epoch"] if over_epochs else []), *own, "neuron", "runs")]


def target_near(area: ReadoutArea, x: float, y: float) -> Target | None:
    """What the cell of an area selects that is nearest to a place in its drawing."""
    column = min(max(int(x) - area.left, 0), area.width - 1)
    row = min(max(int(y) - area.top, 0), area.height - 1)
    readout = area.read(column, row)
    return None if readout is None else readout.target
