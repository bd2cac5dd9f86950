"""The bundled run tells the study's story: what it learned, and when."""

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
def history(explorer) -> RunMetricsSnapshot:
    """The measures of all its checkpoints."""
    found = explorer.run_metrics(LAST)
    for _ in found.steps():
        pass
    return found.snapshot()


def test_it_has_the_study_s_key_frequencies_and_clusters_of_its_sizes(explorer) -> None:
    assert explorer.keys(LAST) == (14, 35, 41, 42, 52)
    sizes = [len(cluster.neurons) for cluster in explorer.clusters(LAST, LAST)]
    for size, of_the_study in zip(sizes, (44, 93, 145, 87, 64, 79), strict=True):
        assert size == pytest.approx(of_the_study, abs=25)


def test_its_phases_end_where_the_study_s_run_has_them(explorer, history) -> None:
    phases = find_training_phases(history)
    assert phases.memorisation is not None
    assert phases.circuit_formation is not None
    assert phases.cleanup is not None
    neighbours = explorer.epochs.index(1_400)
    assert phases.memorisation.at in explorer.epochs[neighbours - 1 : neighbours + 2]
    assert phases.circuit_formation.at == pytest.approx(9_500, abs=300)
    assert phases.cleanup.at == pytest.approx(13_500, abs=500)


def test_at_the_end_the_logits_are_waves_of_the_key_frequencies(history) -> None:
    assert history.series("trig_fraction", "logits")[-1] > 0.9


def test_excluded_losses_rise_long_before_the_test_loss_falls(explorer, history) -> None:
    """While the test loss has not fallen to half its peak, leaving the key frequencies out costs ever more."""
    excluded = dict(zip(history.epochs, history.series("excluded_loss_all_key", "train"), strict=True))
    test = dict(zip(history.epochs, history.series("loss", "test"), strict=True))
    assert excluded[6_000] > 100 * excluded[1_400]
    assert test[6_000] > max(test.values()) / 2
