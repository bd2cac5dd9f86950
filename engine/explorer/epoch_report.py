"""The report: all metrics of one epoch of a run, with their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.explorer.explorer import Explorer
from engine.explorer.provenance import describe_settings
from engine.metrics.report import CheckpointMetrics, compute_metrics, metrics_json


@dataclass(frozen=True)
class Report(CheckpointMetrics):
    """The metrics of one checkpoint, their provenance, and the settings of a native run."""

    provenance: Mapping[str, object]
    settings: Mapping[str, object] | None


def report(explorer: Explorer, epoch: int, reference_epoch: int, *, interventions: bool = True) -> Report:
    """Compute all metrics of one checkpoint, by the key frequencies of the reference epoch.

    `interventions=False` skips the losses of the interventions, which take most of the time.

    Raises:
        UnknownQuery: there is no checkpoint at one of the epochs.
        UnreadableRun: the file of the checkpoint is damaged.
    """
    weights = explorer.stored_weights(epoch).to(explorer.dtype, explorer.device)
    network, keys = explorer.network_of_all_tokens(epoch), explorer.keys(reference_epoch)
    metrics = compute_metrics(
        weights, network, keys, explorer.split, in_order=explorer.network(epoch), interventions=interventions
    )
    provenance, settings = explorer.provenance(epoch, reference_epoch), describe_settings(explorer.run)
    return Report(**vars(metrics), provenance=provenance, settings=settings)


def report_json(report: Report) -> dict[str, object]:
    """The report as JSON values, provenance first, then the settings of a native run; absent values are None."""
    names = (
        *("run", "epoch", "version", "dtype", "device", "config", "split", "reference_epoch", "key_frequencies"),
        *("inferred", "assumed"),
    )
    optional = [name for name in ("token_order", "no_sum_directions", "tail") if name in report.provenance]
    provenance = {name: report.provenance[name] for name in (*names, *optional)}
    settings = {} if report.settings is None else {"settings": report.settings}
    return {**provenance, **settings, **metrics_json(report)}
