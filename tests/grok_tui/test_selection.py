import numpy as np

from engine.neurons import Cluster
from grok_tui.selection import cluster_of, nearest_epoch, step_cluster, step_epoch, step_in_cluster

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


def test_neurons_go_round_their_cluster() -> None:
    assert step_in_cluster(CLUSTERS, 4, 1) == 6
    assert step_in_cluster(CLUSTERS, 6, 1) == 1
    assert step_in_cluster(CLUSTERS, 0, -1) == 5


def test_clusters_go_round_and_empty_ones_are_passed_over() -> None:
    assert cluster_of(CLUSTERS, 5) == 2
    assert step_cluster(CLUSTERS, 4, 1) == 0
    assert step_cluster(CLUSTERS, 0, 1) == 1
    assert step_cluster(CLUSTERS, 0, -1) == 1
