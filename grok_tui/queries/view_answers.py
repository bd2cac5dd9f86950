"""Asking the engine on behalf of a screen: every view's answer to one selection, handed over together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from grok_tui.queries.provenance import frequencies, of_views, origins, split_source
from grok_tui.session.comparison_target import ComparisonTarget, counterpart_of
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import Side, Sides, compare, without_counterpart
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection


@dataclass(frozen=True)
class ViewAnswers:
    """What a screen shows of one selection; an exception stands where an answer failed."""

    selection: Selection
    views: dict[str, Any]
    provenance: dict[str, Mapping[str, Any]]  # by view; none where it cannot be told
    where: str
    clusters: Sequence[Cluster]


def answer_views(
    explorer: Explorer, selection: Selection, names: Sequence[str], second: Explorer | None = None
) -> ViewAnswers:
    """Ask some views, and what the frame around them needs. A view that fails leaves the others be.

    A pinned epoch is compared with others, not with itself.
    """
    wanted = selection
    if second is None and selection.pinned_epoch == selection.epoch:
        selection = replace(selection, pinned_epoch=None)
    views = {name: _attempt(partial(answer_view, VIEWS[name], explorer, selection, second)) for name in names}
    found = _attempt(lambda: origins(explorer, selection, second))
    known = () if isinstance(found, Exception) else names
    where = _attempt(lambda: _where(explorer, selection, second, pinned=selection != wanted))
    clusters = _attempt(lambda: explorer.clusters(selection.epoch, selection.reference_epoch))
    return ViewAnswers(
        wanted,
        views,
        {name: of_views(found, selection, [VIEWS[name]]) for name in known},
        str(where),
        () if isinstance(clusters, Exception) else clusters,
    )


def answer_view(view: View[Any], explorer: Explorer, selection: Selection, second: Explorer | None = None) -> Any:
    """A view's answer; where there is something to compare it with, both answers together.

    Raises:
        GrokError: the run cannot answer. Where its counterpart alone cannot, the comparison says so.
    """
    from engine import GrokError

    answer = view.query(explorer, selection)
    other = counterpart_of(explorer, selection, second)
    if other is None:
        return answer
    here, there = (_side(of, where) for of, where in ((explorer, selection), (other.explorer, other.selection)))
    sides = Sides(here, there, same_run=second is None)
    try:
        against = view.query(other.explorer, other.selection)
    except GrokError as error:
        return without_counterpart(answer, sides, str(error))
    return compare(view, answer, against, sides, selection.difference)


def _side(explorer: Explorer, selection: Selection) -> Side:
    return Side(explorer.run.name, selection.epoch, explorer.run.config.p)


def _attempt(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Exception as error:
        return error


def _where(explorer: Explorer, selection: Selection, second: Explorer | None, pinned: bool) -> str:
    epochs, keys = explorer.epochs, explorer.keys(selection.reference_epoch)
    run = explorer.run.name if second is None else f"A {explorer.run.name}"
    return (
        f"{run} · epoch {selection.epoch:,} ({epochs.index(selection.epoch) + 1} of {len(epochs)})"
        f"{', pinned' if pinned else ''}"
        f"{_against(counterpart_of(explorer, selection, second), second)}"
        f" · key frequencies {frequencies(keys)} · reference epoch {selection.reference_epoch:,}"
        f" · split {split_source(explorer.described_split)}"
    )


def _against(other: ComparisonTarget | None, second: Explorer | None) -> str:
    if other is None:
        return ""
    run = "" if second is None else f"B {second.run.name}, "
    return f" against {run}epoch {other.selection.epoch:,}"
