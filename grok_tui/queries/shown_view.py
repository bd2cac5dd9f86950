"""One view of one selection, as `grok-tui show` and notebooks have it: answer, what draws it, and provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import GrokError
from grok_tui.queries.provenance import provenance_of
from grok_tui.queries.view_answers import full_answer
from grok_tui.session.comparison_target import ComparisonTarget, counterpart_of
from grok_tui.views.shared.comparison import Comparison, view_for

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection
    from grok_tui.views.view import Figure, View


@dataclass(frozen=True, eq=False)
class ShownView:
    """A view's answer, with the view that draws it and its provenance."""

    view: Figure[Any]
    answer: Any
    provenance: Mapping[str, Any]


def query_view(view: View[Any], explorer: Explorer, selection: Selection, second: Explorer | None) -> ShownView:
    """The complete answer to a selection; with a pinned epoch or a second run, compared with that.

    Raises:
        GrokError: the run, or the one that it is compared with, cannot answer.
    """
    target = counterpart_of(explorer, selection, second)
    answer = full_answer(view, explorer, selection, target)
    if isinstance(answer, Comparison) and answer.b is None:
        raise GrokError(answer.note)
    return ShownView(view_for(view, answer), answer, provenance_of(explorer, selection, [view], target))


def sides_with_run_metrics(
    view: View[Any], explorer: Explorer, selection: Selection, second: Explorer | None
) -> Iterator[ComparisonTarget]:
    """The sides of which the view draws metrics of all checkpoints: the run, and what it is compared with."""
    for side in (ComparisonTarget(explorer, selection), counterpart_of(explorer, selection, second)):
        if side is None or not view.draws_run_metrics(side.explorer):
            continue
        if side.explorer.run.has_weights and len(side.explorer.run.epochs) > 1:
            yield side
