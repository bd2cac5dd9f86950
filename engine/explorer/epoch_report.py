"""The report: all metrics of one epoch of a run, with their provenance."""

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
    """Compute all metrics of one checkpoint, by the key frequencies of the reference epoch.

    `interventions=False` skips the losses of the interventions, which take most of the time.

    Raises:
        UnknownQuery: there is no checkpoint at one of the epochs.
        UnreadableRun: the file of the checkpoint is damaged.
    """
    weights = explorer.stored_weights(epoch).to(explorer.dtype, explorer.device)
    folded, keys = explorer.folded_of_all_tokens(epoch), explorer.keys(reference_epoch)
    metrics = compute_metrics(weights, folded, keys, explorer.split, interventions=interventions)
    return Report(**vars(metrics), provenance=explorer.provenance(epoch, reference_epoch))


def report_json(report: Report) -> dict[str, object]:
    """The report as JSON values, provenance first; absent values are None."""
    names = (
        *("run", "epoch", "version", "dtype", "device", "config", "split", "reference_epoch", "key_frequencies"),
        *("inferred", "assumed"),
    )
    optional = [name for name in ("token_order", "no_sum_directions") if name in report.provenance]
    return {**{name: report.provenance[name] for name in (*names, *optional)}, **metrics_json(report)}
