"""Frequencies over epochs by each rule, transient ones, and when neurons commit: against the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Explorer, open_run
from engine.explorer.frequency_history import frequency_history
from engine.explorer.run_metrics import EpochMetrics, RunMetricsSnapshot
from engine.metrics.neuron_clusters import Neurons


def neurons(*groups: tuple[int, float, int]) -> Neurons:
    """Neurons by (frequency, share, number)."""
    frequency = np.concatenate([np.full(number, k) for k, _, number in groups])
    share = np.concatenate([np.full(number, share) for _, share, number in groups])
    return Neurons(frequency, share, share, share)


def snapshot(*by_epoch: Neurons, **report: list) -> RunMetricsSnapshot:
    metrics = tuple(
        EpochMetrics(10 * index, {name: values[index] for name, values in report.items()}, each)
        for index, each in enumerate(by_epoch)
    )
    return RunMetricsSnapshot(metrics, total=len(metrics))


def test_a_frequency_that_many_neurons_had_and_few_kept_is_transient() -> None:
    """At least 5% of 100 neurons at some checkpoint, fewer than a tenth of that number at the last."""
    found = frequency_history(
        snapshot(
            neurons((1, 0.70, 20), (2, 0.9, 5), (3, 0.9, 4), (4, 0.69, 70), (5, 0.9, 1)),
            neurons((1, 0.9, 1), (2, 0.9, 1), (4, 0.9, 92), (5, 0.9, 6)),
        )
    )
    assert found.transient == (1,)  # 2: 1 of 5 is more than a tenth; 3: too few; 4 and 5 stay
    assert found.frequencies == (1, 2, 3, 4, 5)
    np.testing.assert_array_equal(found.committed, [[20, 1], [5, 1], [4, 0], [0, 92], [1, 6]])
    np.testing.assert_array_equal(found.neurons, [[0, 0], [5, 0], [4, 0], [0, 92], [0, 6]])


def test_a_stable_frequency_of_few_neurons_is_not_transient() -> None:
    """Like frequency 14 of the bundled run: 52 of 512 neurons at most, 51 at the last."""
    assert (
        frequency_history(
            snapshot(neurons((14, 0.9, 52), (1, 0.1, 460)), neurons((14, 0.9, 51), (1, 0.1, 461)))
        ).transient
        == ()
    )


def test_a_neuron_commits_at_the_first_share_of_at_least_0_70() -> None:
    shares = np.array([[0.1, 0.70, 0.3], [0.9, 0.1, 0.1], [0.69, 0.2, np.nan]])  # [neuron, checkpoint]
    by_epoch = [Neurons(np.ones(3, dtype=np.int64), *(share,) * 3) for share in shares.T]
    found = frequency_history(snapshot(*by_epoch))
    np.testing.assert_array_equal(found.committed_at, [10, 0, np.nan])
    assert found.never_committed == (2,)


def test_the_energies_are_those_of_the_reports() -> None:
    energies = [[{"frequency": 2, "energy": 0.25}], []]
    found = frequency_history(
        snapshot(*[neurons((1, 0.1, 4))] * 2, logit_frequencies=energies, embedding_frequencies=[None, None])
    )
    assert found.frequencies == (2,)
    assert found.embedding is None
    np.testing.assert_array_equal(found.logits, [[0.25, 0]])


def test_nothing_is_found_before_anything_is_measured() -> None:
    found = frequency_history(RunMetricsSnapshot((), total=3))
    assert found.frequencies == found.transient == found.never_committed == ()
    assert found.neurons.shape == (0, 0)


@pytest.fixture
def explorer(tiny_run) -> Explorer:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3])
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    return explorer


def test_each_epoch_of_a_run_has_the_frequencies_of_its_checkpoint(explorer) -> None:
    from engine.metrics.energy_frequencies import embedding_frequencies, logit_frequencies

    found = frequency_history(explorer.run_metrics(explorer.epochs[-1]).snapshot())
    for at, epoch in enumerate(explorer.epochs):
        by_rule = {
            "logits": logit_frequencies(explorer.summary(epoch).logit_sums),
            "embedding": embedding_frequencies(explorer.embedding(epoch)),
        }
        for name, expected in by_rule.items():
            column = getattr(found, name)[:, at]
            assert {k: v for k, v in zip(found.frequencies, column, strict=True) if v} == {
                each.frequency: pytest.approx(each.energy, rel=1e-4) for each in expected
            }
