"""What the mouse asks of the screen, by messages of a pane."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from grok_tui.render.readout import ReadoutArea
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
