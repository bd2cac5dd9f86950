"""Asking the engine on behalf of a screen: every view's answer to one selection, handed over together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grok_tui.provenance import frequencies, split_source
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from engine.neurons import Cluster
    from grok_tui.selection import Selection


@dataclass(frozen=True)
class Answers:
    """What a screen shows of one selection; an exception stands where an answer failed."""

    selection: Selection
    views: dict[str, Any]
    where: str
    clusters: Sequence[Cluster]


def ask(explorer: Explorer, selection: Selection, names: Sequence[str]) -> Answers:
    """Ask some views, and what the frame around them needs. A view that fails leaves the others be."""
    views = {name: _attempt(VIEWS[name].query, explorer, selection) for name in names}
    where = _attempt(_where, explorer, selection)
    clusters = _attempt(_clusters, explorer, selection)
    return Answers(selection, views, str(where), () if isinstance(clusters, Exception) else clusters)


def _attempt(question: Callable[[Explorer, Selection], Any], explorer: Explorer, selection: Selection) -> Any:
    try:
        return question(explorer, selection)
    except Exception as error:
        return error


def _clusters(explorer: Explorer, selection: Selection) -> Sequence[Cluster]:
    return explorer.clusters(selection.epoch, selection.reference_epoch)


def _where(explorer: Explorer, selection: Selection) -> str:
    epochs = explorer.epochs
    keys = explorer.keys(selection.reference_epoch)
    return (
        f"{explorer.run.name} · epoch {selection.epoch:,} ({epochs.index(selection.epoch) + 1} of {len(epochs)})"
        f" · key frequencies {frequencies(keys)} (epoch {selection.reference_epoch:,})"
        f" · split {split_source(explorer.described_split)}"
    )
