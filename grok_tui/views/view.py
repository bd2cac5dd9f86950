"""What a view is: a name, a question to the engine, a drawing and a table. One file a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

Answer = TypeVar("Answer")

# Ids of keys in the table of keys, as views have them in `keys`.
CLUSTER_KEYS = ("cluster.next", "cluster.previous")
NEURON_KEYS = ("neuron.next", "neuron.previous", "neuron.goto", *CLUSTER_KEYS)
HEAD_KEYS = ("head.next", "head.previous")
DIMENSION_KEYS = ("dimension.next", "dimension.previous")
AXIS_KEYS = ("axis.x", "axis.y")
ABLATION_KEYS = ("ablate.cluster", "ablate.head", "ablate.direct", "ablate.preset", "ablate.fill", "ablate.whole")


class NoDifference(Exception):
    """Two answers whose numbers cannot be subtracted; one sentence says why."""


def _as_they_are(a: Answer, b: Answer) -> tuple[Answer, Answer]:
    return a, b


def _not_in_one(a: Answer, b: Answer, names: tuple[str, str]) -> Answer | None:
    return None


def _not_as_a_drawing(a: Answer, b: Answer) -> Answer | None:
    return None


@dataclass(frozen=True)
class Comparing(Generic[Answer]):
    """What two answers of a view become before they are drawn; by default side by side, or a table of deltas.

    `aligned` puts both on one scale for standing side by side. `overlaid` puts both into one answer that stands in
    place of that, its legend by the short names of the two, or is None. `subtracted` is the answer whose numbers are
    a - b, None where the deltas of the tables say it better; it raises NoDifference where there is none.
    """

    aligned: Callable[[Answer, Answer], tuple[Answer, Answer]] = _as_they_are
    overlaid: Callable[[Answer, Answer, tuple[str, str]], Answer | None] = _not_in_one
    subtracted: Callable[[Answer, Answer], Answer | None] = _not_as_a_drawing


@dataclass(frozen=True)
class About:
    """What a newcomer needs to know of a view, in plain words; formulas stand on lines of their own, indented.

    `x±y` and `∓` become the signs of the run's operation (`with_operation_signs`); `{map.unwrap}` becomes the key
    bound to the action of that id.
    """

    shows: str  # what is drawn: axes, colours, marks; its first sentence says it all in short
    definition: str  # by which formula, every symbol said
    reading: str  # what it looks like before and after grokking, what to look for, pitfalls


@dataclass(frozen=True)
class View(Generic[Answer]):
    """The pane on the screen, `grok-tui show` and every export call these same three functions.

    `over_epochs` marks a view of the whole run: it shows what is measured by then, and needs several checkpoints;
    `shows_phases` one that shows the run's phases as well, once all of it is measured.
    `title` names what an answer shows, its epoch and neuron included; `about` explains the view, and `keys` are the
    ids of the keys that act on it in particular: those that change what it asks for, and the crosshair where there
    is something to read off. `comparing` says how two answers are shown together, `log_y` whether its y axes are
    logarithmic.
    `shows_ablation` marks a view of which parts of the model are out; all others are of the whole model.
    """

    name: str
    about: About
    query: Callable[[Explorer, Selection], Answer]
    title: Callable[[Answer], str]
    draw: Callable[[Answer, int, int, Palette], Drawing]  # (answer, width, height, palette)
    table: Callable[[Answer], Table]
    over_epochs: bool = False
    shows_phases: bool = False
    log_y: bool = False
    comparing: Comparing[Answer] = field(default_factory=Comparing)
    shows_ablation: bool = False
    keys: tuple[str, ...] = ()

    @property
    def grows(self) -> bool:
        """Whether it shows more when more of the run is measured."""
        return self.over_epochs or self.shows_phases
