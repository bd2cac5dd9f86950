"""Queries the views on the screen for one selection, and returns all answers together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.errors import GrokError, NeedsWeights
from grok_tui.queries.applicable_views import require_parts
from grok_tui.queries.provenance import selection_provenance, view_provenance
from grok_tui.queries.status_text import status_text
from grok_tui.session.comparison_target import ComparisonTarget, counterpart_of
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import Comparison, Side, Sides, compare, without_counterpart
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer, ReadingCheck
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection


@dataclass(frozen=True)
class ViewAnswers:
    """Everything that a screen shows of one selection; in place of an answer that failed, its exception."""

    selection: Selection
    views: dict[str, Any]  # answers by view
    provenance: dict[str, Mapping[str, Any]]  # by view; empty where it could not be computed
    status: str  # text of the status line
    clusters: Sequence[Cluster]
    contradictions: tuple[str, ...] = ()  # of the runs with what they record, a sentence each


def answer_views(
    explorer: Explorer, selection: Selection, names: Sequence[str], second: Explorer | None = None
) -> ViewAnswers:
    """Query views for a selection, with what the frame around them shows; a failing view does not stop the others.

    `second` is a run to compare with. Without one, a selected epoch that is itself pinned is not compared.
    """
    pinned = second is None and selection.pinned_epoch == selection.epoch
    shown = replace(selection, pinned_epoch=None) if pinned else selection
    target = counterpart_of(explorer, shown, second)
    views = {name: _attempt(partial(answer_view, VIEWS[name], explorer, shown, target)) for name in names}
    status = _attempt(lambda: status_text(explorer, shown, target, pinned=pinned))
    clusters = _attempt(lambda: explorer.clusters(shown.epoch, shown.reference_epoch))
    return ViewAnswers(
        selection,
        views,
        _provenance_by_view(explorer, shown, names, target),
        str(status),
        () if isinstance(clusters, Exception) else clusters,
        _contradictions(explorer, second),
    )


def _reading_check(explorer: Explorer) -> ReadingCheck | None:
    return explorer.reading_check


def _contradictions(*explorers: Explorer | None) -> tuple[str, ...]:
    """What the recorded losses of the runs contradict."""
    checks = [_attempt(partial(_reading_check, explorer)) for explorer in explorers if explorer is not None]
    sentences = [check.sentence for check in checks if check is not None and not isinstance(check, Exception)]
    return tuple(sentence for sentence in sentences if sentence is not None)


def answer_view(
    view: View[Any], explorer: Explorer, selection: Selection, target: ComparisonTarget | None = None
) -> Any:
    """Query one view; with a comparison target both answers, as a comparison.

    Raises:
        NeedsWeights: the run has no weights; the message names the view.
        MissingPart: the view does not apply to the network.
        GrokError: the run cannot answer. If only the target cannot, the comparison has a note instead.
    """
    require_parts(view, explorer.run)
    try:
        answer = view.query(explorer, selection)
    except NeedsWeights as error:
        raise NeedsWeights(
            f"`{view.name}` needs weights; {explorer.run.name} has losses but no checkpoints."
        ) from error
    if target is None:
        return answer
    same_run = target.explorer is explorer
    sides = Sides(_side(explorer, selection), _side(target.explorer, target.selection), same_run)
    try:
        require_parts(view, target.explorer.run)
        other = view.query(target.explorer, target.selection)
    except GrokError as error:
        return without_counterpart(answer, sides, str(error))
    return compare(view, answer, other, sides, selection.difference)


def full_answer(
    view: View[Any], explorer: Explorer, selection: Selection, target: ComparisonTarget | None = None
) -> Any:
    """Query one view as `answer_view` does, and wait for what it would leave out to answer at once; raises as that."""
    answer = answer_view(view, explorer, selection, target)
    both_sides = not isinstance(answer, Comparison) or answer.b is not None
    steps = sum(1 for _ in compute_later(view, explorer, selection, target if both_sides else None))
    return answer_view(view, explorer, selection, target) if steps else answer


def compute_later(
    view: View[Any], explorer: Explorer, selection: Selection, target: ComparisonTarget | None = None
) -> Iterator[None]:
    """Compute, in steps, what the view's query leaves out to answer at once, of both sides of a comparison."""
    yield from view.later(explorer, selection)
    if target is not None:
        yield from view.later(target.explorer, target.selection)


def _side(explorer: Explorer, selection: Selection) -> Side:
    if not explorer.run.has_weights:
        return Side(explorer.run.name, selection.epoch, None)
    keys: tuple[int, ...] = ()
    with suppress(GrokError):  # reported by the views that need them
        keys = explorer.keys(selection.reference_epoch)
    return Side(explorer.run.name, selection.epoch, explorer.run.config.p, keys)


def _provenance_by_view(
    explorer: Explorer, selection: Selection, names: Sequence[str], target: ComparisonTarget | None
) -> dict[str, Mapping[str, Any]]:
    shared = _attempt(lambda: selection_provenance(explorer, selection, target))
    if isinstance(shared, Exception):
        return {}
    return {name: view_provenance(shared, selection, [VIEWS[name]]) for name in names}


def _attempt(query: Callable[[], Any]) -> Any:
    """The result of a query, or the exception that it raised."""
    try:
        return query()
    except Exception as error:
        return error
