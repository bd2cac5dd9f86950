"""Every number of the study for one epoch of a run, with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.explorer.explorer import Explorer
from engine.metrics.report import CheckpointMetrics, compute_metrics, metrics_json


@dataclass(frozen=True)
class Report(CheckpointMetrics):
    """The metrics of one checkpoint and their provenance."""

    provenance: Mapping[str, object]


def report(explorer: Explorer, epoch: int, reference_epoch: int, *, interventions: bool = True) -> Report:
    """Compute all metrics of one checkpoint; the interventions take most of the time and can be left out.

    Raises:
        UnknownQuery: no checkpoint at one of the epochs.
        UnreadableRun: its file is damaged.
    """
    keys, weights, folded = explorer.keys(reference_epoch), explorer.weights(epoch), explorer.folded(epoch)
    metrics = compute_metrics(weights, folded, keys, explorer.split, interventions=interventions)
    return Report(**vars(metrics), provenance=explorer.provenance(epoch, reference_epoch))


def report_json(report: Report) -> dict[str, object]:
    """The report for programs; absent values are None."""
    known = report.provenance
    first = ("run", "epoch", "version", "dtype", "device", "config", "split", "reference_epoch", "key_frequencies")
    return {**{name: known[name] for name in first}, **metrics_json(report)}
