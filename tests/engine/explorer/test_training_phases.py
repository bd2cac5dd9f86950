"""Training phases of synthetic runs with known ends."""

from __future__ import annotations

import pytest

from engine.explorer.run_metrics import EpochMetrics, RunMetricsSnapshot
from engine.explorer.training_phases import PhaseEnd, find_training_phases
from engine.metrics.neuron_clusters import Neurons

EXCLUDED = [4.7, 0.5, 0.01, 0.002, 0.3, 2.0, 5.0, 6.0]
TEST = [4.7, 12.0, 20.0, 16.0, 9.0, 5.01, 5.0, 0.1]
WEIGHTS = [1_000.0, 3_000.0, 2_500.0, 2_000.0, 1_500.0, 1_021.0, 1_020.0, 1_000.0]


def snapshot_of(excluded, test, weights, epochs=None) -> RunMetricsSnapshot:
    epochs = epochs or [100 * index for index in range(len(test))]
    no_neurons: Neurons = Neurons(*[()] * 4)  # not used for phases
    return RunMetricsSnapshot(
        tuple(
            EpochMetrics(
                epoch,
                {
                    "excluded_loss_all_key": {"train": excluded_loss},
                    "loss": {"test": test_loss},
                    "sum_sq_weights": {"total": sum_sq_weights},
                },
                no_neurons,
            )
            for epoch, excluded_loss, test_loss, sum_sq_weights in zip(epochs, excluded, test, weights, strict=True)
        ),
        total=len(epochs),
    )


def test_phases_end_between_two_checkpoints() -> None:
    found = find_training_phases(snapshot_of(EXCLUDED, TEST, WEIGHTS))
    assert found.memorisation == PhaseEnd(at=300, after_epoch=200, by_epoch=400)
    assert found.circuit_formation == PhaseEnd(at=600, after_epoch=500, by_epoch=600)
    assert found.cleanup_to_99_percent == PhaseEnd(at=600, after_epoch=500, by_epoch=600)


# The test loss is below a quarter of its peak from epoch 200 on; the weights then fall by 9, 3, 0.4 and 0.1 an epoch.
EARLY_TEST = [4.7, 20.0, 4.0, 1.0, 0.1, 0.01, 0.001]
SLOWING = [5_000.0, 4_000.0, 2_000.0, 1_100.0, 800.0, 760.0, 750.0]


def test_cleanup_ends_at_a_twentieth_of_the_fastest_pace_since_circuit_formation() -> None:
    found = find_training_phases(snapshot_of(EXCLUDED[:7], EARLY_TEST, SLOWING))
    assert found.circuit_formation == PhaseEnd(200, 100, 200)
    assert found.cleanup == PhaseEnd(at=500, after_epoch=400, by_epoch=500)  # 0.4 <= 9 / 20


def test_later_checkpoints_change_the_99_percent_end_but_not_the_pace_end() -> None:
    epochs = [0, 100, 200, 300, 400, 500, 600]
    shorter = find_training_phases(snapshot_of(EXCLUDED[:7], EARLY_TEST, SLOWING, epochs))
    longer = find_training_phases(
        snapshot_of([*EXCLUDED[:7], 6.0], [*EARLY_TEST, 1e-4], [*SLOWING, 700.0], [*epochs, 9_000])
    )
    assert longer.cleanup == shorter.cleanup
    assert shorter.cleanup_to_99_percent == PhaseEnd(500, 400, 500)
    assert longer.cleanup_to_99_percent == PhaseEnd(9_000, 600, 9_000)


def test_the_pace_is_per_epoch() -> None:
    epochs = [0, 1, 2, 3, 1_003, 1_004, 1_005]  # the largest step is the slowest
    found = find_training_phases(
        snapshot_of(EXCLUDED[:7], EARLY_TEST, [5e3, 4e3, 3e3, 2.5e3, 1e3, 9e2, 8.99e2], epochs)
    )
    assert found.cleanup == PhaseEnd(1_003, 3, 1_003)  # 1.5 <= 500 / 20


def test_epochs_are_those_of_the_checkpoints() -> None:
    epochs = [0, 1, 5, 40, 41, 300, 301, 5_000]
    found = find_training_phases(snapshot_of(EXCLUDED, TEST, WEIGHTS, epochs))
    assert found.memorisation == PhaseEnd(40, 5, 41)
    assert found.circuit_formation == PhaseEnd(301, 300, 301)


def test_circuit_formation_is_relative_to_the_peak() -> None:
    low_at_first = [0.1, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 4.0]
    assert find_training_phases(snapshot_of(EXCLUDED, low_at_first, WEIGHTS)).circuit_formation == PhaseEnd(
        700, 600, 700
    )


@pytest.mark.parametrize("values", [sorted(EXCLUDED), sorted(EXCLUDED, reverse=True)], ids=["rises", "falls"])
def test_memorisation_has_no_end_if_the_minimum_is_at_the_first_or_last_checkpoint(values) -> None:
    assert find_training_phases(snapshot_of(values, TEST, WEIGHTS)).memorisation is None


def test_no_end_if_the_test_loss_or_the_weights_never_decrease() -> None:
    found = find_training_phases(snapshot_of(EXCLUDED, [20.0] * 8, sorted(WEIGHTS)))
    assert (found.circuit_formation, found.cleanup, found.cleanup_to_99_percent) == (None, None, None)
    assert find_training_phases(snapshot_of(EXCLUDED[:7], EARLY_TEST, sorted(SLOWING))).cleanup is None


def test_cleanup_has_no_end_while_the_weights_decrease_fast() -> None:
    assert (
        find_training_phases(snapshot_of(EXCLUDED[:7], EARLY_TEST, [7e3, 6e3, 5e3, 4e3, 3e3, 2e3, 1e3])).cleanup is None
    )


def test_a_run_that_has_not_begun_its_cleanup_has_no_end_of_it() -> None:
    found = find_training_phases(snapshot_of(EXCLUDED, [4.7, 12.0, 20.0, 16.0, 9.0, 8.0, 7.0, 6.0], WEIGHTS))
    assert (found.circuit_formation, found.cleanup, found.cleanup_to_99_percent) == (None, None, None)


def test_a_fall_of_the_weights_before_the_end_of_circuit_formation_is_no_cleanup() -> None:
    late = [4.7, 12.0, 20.0, 16.0, 9.0, 8.0, 7.0, 0.1]
    found = find_training_phases(snapshot_of(EXCLUDED, late, WEIGHTS))
    assert found.circuit_formation == PhaseEnd(700, 600, 700)
    assert found.cleanup_to_99_percent is None


def test_without_a_split_only_the_99_percent_end_is_known() -> None:
    found = find_training_phases(snapshot_of([None] * 8, [None] * 8, WEIGHTS))
    assert (found.memorisation, found.circuit_formation, found.cleanup) == (None, None, None)
    assert found.cleanup_to_99_percent == PhaseEnd(600, 500, 600)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_checkpoints_have_no_phases(count) -> None:
    found = find_training_phases(snapshot_of(EXCLUDED[:count], TEST[:count], WEIGHTS[:count]))
    assert (found.memorisation, found.circuit_formation, found.cleanup, found.cleanup_to_99_percent) == (
        None,
        None,
        None,
        None,
    )
