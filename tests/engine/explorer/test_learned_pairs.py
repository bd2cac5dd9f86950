import numpy as np

from engine.explorer.learned_pairs import learned_at
from engine.explorer.run_metrics import EpochMetrics, RunMetricsSnapshot
from engine.metrics.neuron_clusters import Neurons

NONE = Neurons(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in range(3)))


def snapshot(*grids: list[list[int]]) -> RunMetricsSnapshot:
    metrics = tuple(EpochMetrics(10 * i, {}, NONE, np.array(grid, dtype=bool)) for i, grid in enumerate(grids))
    return RunMetricsSnapshot(metrics, total=len(metrics))


def test_a_pair_is_learned_at_the_first_of_three_right_checkpoints() -> None:
    by_pair = np.array([[0, 1, 1, 1, 0], [1, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 0, 1, 1, 1]])  # [pair, checkpoint]
    found = learned_at(snapshot(*by_pair.T.reshape(5, 2, 2).tolist()))
    assert found is not None
    np.testing.assert_array_equal(found, [[10, np.nan], [0, 20]])


def test_nothing_is_learned_in_two_checkpoints_and_unknown_in_none() -> None:
    found = learned_at(snapshot([[1, 1], [1, 1]], [[1, 1], [1, 1]]))
    assert found is not None
    assert np.isnan(found).all()
    assert learned_at(snapshot()) is None
