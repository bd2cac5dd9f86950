"""When a run memorised, formed its circuit and cleaned up: the paper's three phases as intervals of checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from engine.history import HistorySoFar


@dataclass(frozen=True)
class PhaseEnd:
    """A phase ends at checkpoint `at`: not before `after_epoch`, and by `by_epoch` (the checkpoints around it)."""

    at: int
    after_epoch: int
    by_epoch: int


@dataclass(frozen=True)
class Phases:
    """None where a phase has not ended, or cannot be told (without a split, or on fewer than three checkpoints)."""

    memorisation: PhaseEnd | None
    circuit_formation: PhaseEnd | None
    cleanup: PhaseEnd | None


def find_phases(history: HistorySoFar) -> Phases:
    """Phases from the measures of a whole run.

    Memorisation ends at the minimum of the all-key excluded loss on train; circuit formation where the test loss has
    fallen below a quarter of its peak; cleanup where the sum of squared weights has made 99% of its fall from its peak
    to its last value.
    """
    epochs = history.epochs
    excluded = history.series("excluded_loss_all_key", "train")
    test = history.series("loss", "test")
    weights = history.series("sum_sq_weights", "total")
    return Phases(_minimum(epochs, excluded), _quartered(epochs, test), _fallen(epochs, weights))


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


def _fallen(epochs: list[int], values: list[float | None]) -> PhaseEnd | None:
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return None
    peak = known.index(max(known))
    if peak == len(known) - 1:
        return None
    return _first_below(epochs, known, peak, known[-1] + 0.01 * (known[peak] - known[-1]))


def _first_below(epochs: list[int], values: list[float], start: int, threshold: float) -> PhaseEnd | None:
    """The first checkpoint after `start` whose value is no longer above the threshold."""
    for index in range(start + 1, len(values)):
        if values[index] <= threshold:
            return PhaseEnd(epochs[index], epochs[index - 1], epochs[index])
    return None
