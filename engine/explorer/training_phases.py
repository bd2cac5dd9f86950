"""When a run memorised, formed its circuit and cleaned up: the paper's three phases as intervals of checkpoints.

Weights go on falling slowly for as long as a run goes on, so that the share of the fall that is made moves with where
it stops: on the bundled run 99% is reached at 13,000 if it ends at 14,000, at 16,000 if it ends at 40,000. Cleanup
therefore ends by the pace of the fall, which no later checkpoint changes; the 99% are told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.explorer.run_metrics import RunMetricsSnapshot

# Cleanup is over where the weights fall at this share of the fastest pace since the circuit was formed.
_PACE = 1 / 20
# The other definition: so much of the fall from the peak to the last checkpoint is made.
_FALLEN = 0.99


@dataclass(frozen=True)
class PhaseEnd:
    """A phase ends at checkpoint `at`: not before `after_epoch`, and by `by_epoch` (the checkpoints around it)."""

    at: int
    after_epoch: int
    by_epoch: int


@dataclass(frozen=True)
class TrainingPhases:
    """None where a phase has not ended, or cannot be told (without a split, or on fewer than three checkpoints)."""

    memorisation: PhaseEnd | None
    circuit_formation: PhaseEnd | None
    cleanup: PhaseEnd | None
    fallen: PhaseEnd | None  # the other end of cleanup: 99% of the fall to the last checkpoint is made


def find_training_phases(history: RunMetricsSnapshot) -> TrainingPhases:
    """Phases from the measures of a whole run.

    Memorisation ends at the minimum of the all-key excluded loss on train; circuit formation where the test loss has
    fallen below a quarter of its peak; cleanup where from then on the sum of squared weights, having fallen fastest,
    falls at a twentieth of that pace (per epoch, between neighbouring checkpoints), or, by the other definition, where
    it has made 99% of its fall from its peak to its last value.
    """
    epochs = history.epochs
    excluded = history.series("excluded_loss_all_key", "train")
    test = history.series("loss", "test")
    weights = history.series("sum_sq_weights", "total")
    circuit = _quartered(epochs, test)
    return TrainingPhases(
        _minimum(epochs, excluded), circuit, _slowed(epochs, weights, circuit), _fallen(epochs, weights)
    )


def _minimum(epochs: list[int], values: list[float | None]) -> PhaseEnd | None:
    known = [value for value in values if value is not None]
    if len(known) < 3 or len(known) < len(values):
        return None
    lowest = known.index(min(known))
    if lowest in (0, len(known) - 1):
        return None  # still falling, or never fell
    return PhaseEnd(epochs[lowest], epochs[lowest - 1], epochs[lowest + 1])


def _quartered(epochs: list[int], values: list[float | None]) -> PhaseEnd | None:
    known = [value for value in values if value is not None]
    if len(known) < 3 or len(known) < len(values):
        return None
    peak = known.index(max(known))
    return _first_below(epochs, known, peak, known[peak] / 4)


def _slowed(epochs: list[int], values: list[float | None], since: PhaseEnd | None) -> PhaseEnd | None:
    known = [value for value in values if value is not None]
    if since is None or len(known) < len(values):
        return None
    start = epochs.index(since.at)
    steps = range(start, len(epochs) - 1)
    pace = [(known[i] - known[i + 1]) / (epochs[i + 1] - epochs[i]) for i in steps]
    fastest = max(pace, default=0.0)
    if fastest <= 0:
        return None
    for index in range(pace.index(fastest) + 1, len(pace)):
        if pace[index] <= _PACE * fastest:
            before, after = epochs[start + index], epochs[start + index + 1]
            return PhaseEnd(after, before, after)
    return None


def _fallen(epochs: list[int], values: list[float | None]) -> PhaseEnd | None:
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return None
    peak = known.index(max(known))
    if peak == len(known) - 1:
        return None
    return _first_below(epochs, known, peak, known[-1] + (1 - _FALLEN) * (known[peak] - known[-1]))


def _first_below(epochs: list[int], values: list[float], start: int, threshold: float) -> PhaseEnd | None:
    """The first checkpoint after `start` whose value is no longer above the threshold."""
    for index in range(start + 1, len(values)):
        if values[index] <= threshold:
            return PhaseEnd(epochs[index], epochs[index - 1], epochs[index])
    return None
