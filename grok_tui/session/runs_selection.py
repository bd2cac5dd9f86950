"""What the table of runs shows: order, filter, marks, the run under the cursor, and the choices of its figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.many_runs.curves import Alignment, Middle, Part

# The figures of many runs by key 1, 2, ..., named as `grok-tui runs --view` names them.
FIGURES = ("curves", "phase-diagram", "histogram", "groups")
# The metrics that the keys go through; `--metric` takes any field that is a number.
METRICS = (
    "grokked",
    "share_grokked",
    "memorised",
    "cleaned_up",
    "n_key_frequencies",
    "test_loss",
    "train_loss",
    "test_accuracy",
)
NO_GROUPS = "none"


@dataclass(frozen=True)
class FigureChoice:
    """The choices of the figures of many runs. An axis of None is chosen by what varies; `y` may be "none"."""

    metric: str = "grokked"
    x: str | None = None
    y: str | None = None
    part: Part = "test"
    alignment: Alignment = "epoch"
    middle: Middle = "median"
    log_x: bool = False


@dataclass(frozen=True)
class RunsSelection:
    """What the table shows.

    `order`, `where` and `group_by` are in the grammar of `grok-tui runs`. An empty `group_by` groups by all that varies
    but the seed, if seeds vary; "none" makes one group of all runs.
    """

    cursor: Path | None = None
    marks: frozenset[Path] = frozenset()
    order: str = "name"
    where: str = ""
    group_by: str = ""
    figure: FigureChoice = field(default_factory=FigureChoice)


def reversed_order(order: str) -> str:
    """The order with its first field in the other direction.

    >>> reversed_order("grokked,seed"), reversed_order("-grokked")
    ('-grokked,seed', 'grokked')
    """
    first, comma, others = order.partition(",")
    name, _, direction = first.strip().partition(":")
    descending = name.startswith("-") or direction == "desc"
    return f"{'' if descending else '-'}{name.lstrip('-')}{comma}{others}"
