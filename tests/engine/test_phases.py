"""Phases of made-up runs whose ends are known."""

from __future__ import annotations

import pytest

from engine.history import EpochMeasures, HistorySoFar
from engine.neurons import Neurons
from engine.phases import PhaseEnd, find_phases

EXCLUDED = [4.7, 0.5, 0.01, 0.002, 0.3, 2.0, 5.0, 6.0]
TEST = [4.7, 12.0, 20.0, 16.0, 9.0, 5.01, 5.0, 0.1]
WEIGHTS = [1_000.0, 3_000.0, 2_500.0, 2_000.0, 1_500.0, 1_021.0, 1_020.0, 1_000.0]


def history(excluded, test, weights, epochs=None) -> HistorySoFar:
    epochs = epochs or [100 * index for index in range(len(test))]
    nobody: Neurons = Neurons(*[()] * 4)  # phases do not ask about neurons
    return HistorySoFar(
        tuple(
            EpochMeasures(
                epoch,
                {
                    "excluded_loss_all_key": {"train": one},
                    "loss": {"test": two},
                    "sum_sq_weights": {"total": three},
                },
                nobody,
            )
            for epoch, one, two, three in zip(epochs, excluded, test, weights, strict=True)
        ),
        of=len(epochs),
    )


def test_the_ends_and_the_checkpoints_around_them() -> None:
    found = find_phases(history(EXCLUDED, TEST, WEIGHTS))
    assert found.memorisation == PhaseEnd(at=300, after_epoch=200, by_epoch=400)
    assert found.circuit_formation == PhaseEnd(at=600, after_epoch=500, by_epoch=600)
    assert found.cleanup == PhaseEnd(at=600, after_epoch=500, by_epoch=600)


def test_epochs_are_those_of_the_checkpoints() -> None:
    epochs = [0, 1, 5, 40, 41, 300, 301, 5_000]
    found = find_phases(history(EXCLUDED, TEST, WEIGHTS, epochs))
    assert found.memorisation == PhaseEnd(40, 5, 41)
    assert found.circuit_formation == PhaseEnd(301, 300, 301)


def test_a_peak_before_the_fall_counts_not_one_of_the_start() -> None:
    low_at_first = [0.1, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 4.0]
    assert find_phases(history(EXCLUDED, low_at_first, WEIGHTS)).circuit_formation == PhaseEnd(700, 600, 700)


@pytest.mark.parametrize("values", [sorted(EXCLUDED), sorted(EXCLUDED, reverse=True)], ids=["rises", "falls"])
def test_memorisation_has_no_end_where_the_minimum_is_at_an_end(values) -> None:
    assert find_phases(history(values, TEST, WEIGHTS)).memorisation is None


def test_no_end_where_the_test_loss_or_the_weights_never_fall() -> None:
    found = find_phases(history(EXCLUDED, [20.0] * 8, sorted(WEIGHTS)))
    assert found.circuit_formation is None
    assert found.cleanup is None


def test_without_a_split_only_cleanup_can_be_told() -> None:
    found = find_phases(history([None] * 8, [None] * 8, WEIGHTS))
    assert (found.memorisation, found.circuit_formation) == (None, None)
    assert found.cleanup == PhaseEnd(600, 500, 600)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_checkpoints_tell_no_phase(count) -> None:
    found = find_phases(history(EXCLUDED[:count], TEST[:count], WEIGHTS[:count]))
    assert (found.memorisation, found.circuit_formation, found.cleanup) == (None, None, None)
