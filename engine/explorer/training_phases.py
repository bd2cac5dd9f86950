"""The three phases of training: when a run memorised, formed its circuit and cleaned up.

The phases are those of the paper (Nanda et al. 2023, section 5.2), as intervals between checkpoints.

The weights keep decreasing slowly for as long as a run continues. So the epoch by which 99% of their decrease is
complete depends on where the run ends: in the bundled run it is 13,000 if the run ends at 14,000, and 16,000 if it ends
at 40,000. Cleanup therefore ends by the pace of the decrease, which later checkpoints do not change; the 99% definition
is reported as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.explorer.run_metrics import RunMetricsSnapshot

# Cleanup ends when the weights decrease at this fraction of their fastest pace since circuit formation.
_FINAL_PACE = 1 / 20
# The other definition: cleanup ends when this share of the decrease from peak to last checkpoint is complete.
_FINAL_SHARE = 0.99
# A shorter series shows no phase.
_MIN_CHECKPOINTS = 3


@dataclass(frozen=True)
class PhaseEnd:
    """A phase ends at checkpoint `at`; the true end is between the checkpoints `after_epoch` and `by_epoch`."""

    at: int
    after_epoch: int
    by_epoch: int


@dataclass(frozen=True)
class TrainingPhases:
    """The ends of the phases; None if a phase has not ended, or is unknown (no split, fewer than three checkpoints)."""

    memorisation: PhaseEnd | None
    circuit_formation: PhaseEnd | None
    cleanup: PhaseEnd | None
    cleanup_to_99_percent: PhaseEnd | None


def find_training_phases(run_metrics: RunMetricsSnapshot) -> TrainingPhases:
    """Find the ends of the phases from the metrics of a whole run.

    - Memorisation ends at the minimum of the all-key excluded loss on the train pairs.
    - Circuit formation ends when the test loss has fallen below a quarter of its peak.
    - Cleanup ends when the sum of squared weights, after its fastest decrease since circuit formation, decreases at a
      twentieth of that pace (per epoch, between neighbouring checkpoints). By the other definition, it ends when the
      sum has completed 99% of its decrease from its peak to its last value; not before circuit formation has ended.
    """
    epochs = run_metrics.epochs
    excluded_loss = run_metrics.series("excluded_loss_all_key", "train")
    test_loss = run_metrics.series("loss", "test")
    weights = run_metrics.series("sum_sq_weights", "total")
    circuit_formation = _first_below_quarter_of_peak(epochs, test_loss)
    return TrainingPhases(
        memorisation=_minimum(epochs, excluded_loss),
        circuit_formation=circuit_formation,
        cleanup=_decrease_slows(epochs, weights, circuit_formation),
        cleanup_to_99_percent=_after(circuit_formation, test_loss, _decrease_complete(epochs, weights)),
    )


def _minimum(epochs: Sequence[int], series: Sequence[float | None]) -> PhaseEnd | None:
    """The minimum of a series, if it is not at either end."""
    values = _complete(series)
    if values is None:
        return None
    lowest = values.index(min(values))
    if lowest in (0, len(values) - 1):
        return None  # still falling, or never fell
    return PhaseEnd(epochs[lowest], epochs[lowest - 1], epochs[lowest + 1])


def _first_below_quarter_of_peak(epochs: Sequence[int], series: Sequence[float | None]) -> PhaseEnd | None:
    values = _complete(series)
    if values is None:
        return None
    peak = values.index(max(values))
    return _first_at_most(epochs, values, peak, values[peak] / 4)


def _decrease_slows(epochs: Sequence[int], series: Sequence[float | None], since: PhaseEnd | None) -> PhaseEnd | None:
    """The first step, after the fastest one since the end of a phase, that decreases at `_FINAL_PACE` of its pace."""
    values = _complete(series)
    if since is None or values is None:
        return None
    start = epochs.index(since.at)
    steps = range(start, len(epochs) - 1)
    pace = [(values[i] - values[i + 1]) / (epochs[i + 1] - epochs[i]) for i in steps]
    fastest = max(pace, default=0.0)
    if fastest <= 0:
        return None
    for index in range(pace.index(fastest) + 1, len(pace)):
        if pace[index] <= _FINAL_PACE * fastest:
            before, after = epochs[start + index], epochs[start + index + 1]
            return PhaseEnd(after, before, after)
    return None


def _decrease_complete(epochs: Sequence[int], series: Sequence[float | None]) -> PhaseEnd | None:
    """The first checkpoint by which `_FINAL_SHARE` of the decrease from the peak to the last value is complete."""
    values = _complete(series)
    if values is None:
        return None
    peak = values.index(max(values))
    if peak == len(values) - 1:
        return None
    threshold = values[-1] + (1 - _FINAL_SHARE) * (values[peak] - values[-1])
    return _first_at_most(epochs, values, peak, threshold)


def _after(
    circuit_formation: PhaseEnd | None, test_loss: Sequence[float | None], end: PhaseEnd | None
) -> PhaseEnd | None:
    """The end of cleanup; None before cleanup has begun, which a run without a test loss cannot tell."""
    if end is None or _complete(test_loss) is None:
        return end
    return end if circuit_formation is not None and end.at >= circuit_formation.at else None


def _complete(series: Sequence[float | None]) -> list[float] | None:
    """The values, if none is absent and there are enough."""
    values = [value for value in series if value is not None]
    return values if len(values) == len(series) and len(values) >= _MIN_CHECKPOINTS else None


def _first_at_most(epochs: Sequence[int], values: Sequence[float], start: int, threshold: float) -> PhaseEnd | None:
    """The first checkpoint after `start` whose value is at most the threshold."""
    for index in range(start + 1, len(values)):
        if values[index] <= threshold:
            return PhaseEnd(epochs[index], epochs[index - 1], epochs[index])
    return None
