"""How the selection moves."""

import numpy as np
import pytest

from engine.metrics.neuron_clusters import Cluster
from grok_tui.session.selection import (
    Selection,
    cluster_of,
    nearest_epoch,
    selection_after_growth,
    step_cluster,
    step_epoch,
    step_in_cluster,
)

EPOCHS = (0, 100, 250, 400)


def cluster(frequency: int | None, *neurons: int) -> Cluster:
    return Cluster(frequency, np.array(neurons, dtype=np.int64), None, None, None)


CLUSTERS = (cluster(3, 1, 4, 6), cluster(5), cluster(None, 0, 2, 3, 5))


def test_epochs_step_by_checkpoints_and_stop_at_the_ends() -> None:
    assert step_epoch(EPOCHS, 100, 1) == 250
    assert step_epoch(EPOCHS, 100, -1) == 0
    assert step_epoch(EPOCHS, 250, 10) == 400
    assert step_epoch(EPOCHS, 250, -10) == 0


def test_the_nearest_epoch_is_the_earlier_of_two() -> None:
    assert nearest_epoch(EPOCHS, 90) == 100
    assert nearest_epoch(EPOCHS, 50) == 0
    assert nearest_epoch(EPOCHS, 10**9) == 400


def test_stepping_neurons_wraps_around_in_the_cluster() -> None:
    assert step_in_cluster(CLUSTERS, 4, 1) == 6
    assert step_in_cluster(CLUSTERS, 6, 1) == 1
    assert step_in_cluster(CLUSTERS, 0, -1) == 5


def test_stepping_clusters_wraps_around_and_skips_empty_clusters() -> None:
    assert cluster_of(CLUSTERS, 5) == 2
    assert step_cluster(CLUSTERS, 4, 1) == 0
    assert step_cluster(CLUSTERS, 0, 1) == 1
    assert step_cluster(CLUSTERS, 0, -1) == 1


@pytest.mark.parametrize(
    ("epoch", "reference", "expected"),
    [
        (400, 400, (500, 500)),
        (400, 250, (500, 250)),
        (250, 400, (250, 400)),
        (0, 0, (0, 0)),
    ],
)
def test_at_the_last_epoch_the_selection_follows_a_growing_run(epoch, reference, expected) -> None:
    grown = selection_after_growth(Selection(epoch, reference, neuron=3), EPOCHS, (*EPOCHS, 500))
    assert (grown.epoch, grown.reference_epoch, grown.neuron) == (*expected, 3)


def test_epochs_that_no_longer_exist_become_the_nearest() -> None:
    assert selection_after_growth(Selection(400, 400), EPOCHS, (0, 100)) == Selection(100, 100)
    assert selection_after_growth(Selection(250, 400), EPOCHS, (0, 100)) == Selection(100, 100)
