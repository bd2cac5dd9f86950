"""The bundled run reproduces the study: key frequencies, clusters and training phases."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Explorer, open_run
from engine.explorer.run_metrics import RunMetricsSnapshot
from engine.explorer.training_phases import find_training_phases

DEMO = Path(__file__).parents[2] / "grok_tui" / "demo"
LAST = 40_000


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(open_run(DEMO))


@pytest.fixture(scope="module")
def run_metrics(explorer) -> RunMetricsSnapshot:
    """The metrics of all checkpoints."""
    live = explorer.run_metrics(LAST)
    for _ in live.steps():
        pass
    return live.snapshot()


def test_key_frequencies_and_cluster_sizes_are_those_of_the_study(explorer) -> None:
    assert explorer.keys(LAST) == (14, 35, 41, 42, 52)
    sizes = [len(cluster.neurons) for cluster in explorer.clusters(LAST, LAST)]
    for size, of_the_study in zip(sizes, (44, 93, 145, 87, 64, 79), strict=True):
        assert size == pytest.approx(of_the_study, abs=25)


def test_phases_end_where_they_do_in_the_study(explorer, run_metrics) -> None:
    phases = find_training_phases(run_metrics)
    assert phases.memorisation is not None
    assert phases.circuit_formation is not None
    assert phases.cleanup is not None
    index = explorer.epochs.index(1_400)
    assert phases.memorisation.at in explorer.epochs[index - 1 : index + 2]
    assert phases.circuit_formation.at == pytest.approx(9_500, abs=300)
    assert phases.cleanup.at == pytest.approx(13_500, abs=500)


def test_at_the_end_the_logits_are_waves_of_the_key_frequencies(run_metrics) -> None:
    assert run_metrics.series("trig_fraction", "logits")[-1] > 0.9


def test_excluded_losses_rise_long_before_the_test_loss_falls(explorer, run_metrics) -> None:
    """The excluded loss rises while the test loss is still above half its peak."""
    excluded = dict(zip(run_metrics.epochs, run_metrics.series("excluded_loss_all_key", "train"), strict=True))
    test = dict(zip(run_metrics.epochs, run_metrics.series("loss", "test"), strict=True))
    assert excluded[6_000] > 100 * excluded[1_400]
    assert test[6_000] > max(test.values()) / 2
