"""The interface of a view: a name, a query to the engine, a drawing, a table and a help text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.networks.parts import Part
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

Answer = TypeVar("Answer")

# Ids of keys, for `View.keys`; `grok_tui.session.keymap` defines them.
CLUSTER_KEYS = ("cluster.next", "cluster.previous")
NEURON_KEYS = ("neuron.next", "neuron.previous", "neuron.goto", *CLUSTER_KEYS)
HEAD_KEYS = ("head.next", "head.previous")
DIMENSION_KEYS = ("dimension.next", "dimension.previous")
AXIS_KEYS = ("axis.x", "axis.y")
ABLATION_KEYS = ("ablate.cluster", "ablate.head", "ablate.direct", "ablate.preset", "ablate.fill", "ablate.whole")


class NoDifference(Exception):
    """The numbers of two answers cannot be subtracted; the message says why in one sentence."""


def _keep_both(a: Answer, b: Answer) -> tuple[Answer, Answer]:
    return a, b


def _no_overlay(a: Answer, b: Answer, names: tuple[str, str]) -> Answer | None:
    return None


def _no_subtraction(a: Answer, b: Answer) -> Answer | None:
    return None


def _never(explorer: Explorer) -> bool:
    return False


def _nothing_later(explorer: Explorer, selection: Selection) -> Iterator[None]:
    return iter(())


@dataclass(frozen=True)
class ComparisonMethods(Generic[Answer]):
    """How a view combines two of its answers, a and b: of two epochs of one run, or of two runs.

    All three return answers of the view's own type, so that the view's `draw` draws the comparison too. The defaults
    draw both answers side by side, each on its own scale, and show a difference as the table of deltas.
    """

    # Both answers on one scale, for drawings side by side.
    align: Callable[[Answer, Answer], tuple[Answer, Answer]] = _keep_both
    # One answer that holds both, for one drawing; its legend uses the two short names. None: draw side by side.
    overlay: Callable[[Answer, Answer, tuple[str, str]], Answer | None] = _no_overlay
    # One answer whose numbers are a - b. None: show the table of deltas instead. Raises NoDifference where the
    # numbers cannot be subtracted, for example because their shapes differ.
    subtract: Callable[[Answer, Answer], Answer | None] = _no_subtraction
    # Columns in which one answer is not cut: in narrower halves they are drawn one above the other. 0: a default.
    least_width: int = 0


@dataclass(frozen=True)
class About:
    """The help text of a view, for a reader who is new to it; formulas are on lines of their own, indented.

    The help screen replaces `x±y` and `∓` by the signs of the run's operation (`with_operation_signs`) and
    `{map.unwrap}` by the key bound to the action of that id.
    """

    shows: str  # what is drawn: axes, colours, marks; the first sentence is a summary
    definition: str  # the formula, with every symbol defined
    reading: str  # how it looks before and after grokking, what to look for, pitfalls


@dataclass(frozen=True, kw_only=True)
class Figure(Generic[Answer]):
    """A figure: its name, its help, and the functions that title, draw and tabulate an answer.

    The pane on the screen, the printed output and every export call these same functions.
    """

    name: str
    about: About
    title: Callable[[Answer], str]  # names the epoch, and the neuron or head where the answer depends on one
    draw: Callable[[Answer, int, int, Palette], Drawing]  # (answer, width, height, palette)
    table: Callable[[Answer], Table]
    needs: tuple[Part, ...] = ()  # optional parts of the network without which there is nothing to show
    needs_one_of: tuple[Part, ...] = ()  # likewise, if the network has none of these
    keys: tuple[str, ...] = ()  # ids of the keys that change the query, and "crosshair" if there are values to read off
    log_y: bool = False  # the y axes are logarithmic by default


@dataclass(frozen=True, kw_only=True)
class View(Figure[Answer]):
    """A figure of one run, with its query to the explorer."""

    query: Callable[[Explorer, Selection], Answer]
    # Computes, in steps, what the query leaves out to answer at once; then it answers in full. No steps: nothing left.
    later: Callable[[Explorer, Selection], Iterator[None]] = _nothing_later
    over_epochs: bool = False  # shows the run metrics computed so far; needs more than one checkpoint
    shows_phases: bool = False  # also shows the phases of the run, once its run metrics are complete
    # Whether it draws run metrics of this run in place of something that the run lacks.
    measures_instead: Callable[[Explorer], bool] = _never
    comparing: ComparisonMethods[Answer] = field(default_factory=ComparisonMethods)
    shows_ablation: bool = False  # shows the ablated network; all other views show the original one

    def draws_run_metrics(self, explorer: Explorer) -> bool:
        """Whether it draws curves of the run metrics of this run."""
        return self.over_epochs or self.measures_instead(explorer)

    @property
    def leaves_out(self) -> bool:
        """Whether the query leaves out something to answer at once."""
        return self.later is not _nothing_later

    @property
    def grows(self) -> bool:
        """Whether it shows more when more run metrics are computed."""
        return self.over_epochs or self.shows_phases
