"""The layers of one run: each explorer answers as one that was opened with that layer."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Explorer, UnknownQuery, open_run
from tests.deep_mlp import WIDTHS, write_checkpoint, write_deep_mlp


@pytest.fixture
def path(tmp_path):
    return write_deep_mlp(tmp_path / "deep")


def opened(path, **settings) -> Explorer:
    return Explorer(open_run(path, p=7, act_fn="relu", operation="add", **settings), keys=[1, 2])


@pytest.mark.parametrize("layer", [0, 1])
def test_a_layer_is_that_of_a_run_opened_with_it(path, layer) -> None:
    found, expected = opened(path).at_layer(layer), opened(path, layer=layer)
    assert found.run.config.n_neurons == WIDTHS[layer]
    np.testing.assert_array_equal(found.neuron_activation(10, 9, 20).post, expected.neuron_activation(10, 9, 20).post)
    assert found.interventions(10, 20) == expected.interventions(10, 20)
    assert found.provenance(10, 20)["config"]["layer"] == layer
    for explorer in (found, expected):
        list(explorer.run_metrics(20).steps())
    assert found.run_metrics(20).snapshot().metrics[1].report == expected.run_metrics(20).snapshot().metrics[1].report


def test_the_layer_that_was_opened_is_the_same_explorer_from_every_layer(path) -> None:
    explorer = opened(path)
    assert explorer.at_layer(None) is explorer
    assert explorer.at_layer(1) is explorer
    first = explorer.at_layer(0)
    assert first.at_layer(0) is explorer.at_layer(0) is first
    assert first.at_layer(1) is first.at_layer(None) is explorer
    with pytest.raises(UnknownQuery, match="deep has layers 0 to 1; found 2"):
        explorer.at_layer(2)


def test_layers_do_not_share_answers_in_the_cache_on_disk(path, tmp_path) -> None:
    run = open_run(path, p=7, act_fn="relu", operation="add")
    explorer = Explorer(run, keys=[1, 2], cache=tmp_path / "cache")
    reports = []
    for layer in (1, 0):
        metrics = explorer.at_layer(layer).run_metrics(20)
        list(metrics.steps())
        reports.append(metrics.snapshot().metrics[2].neurons.frequency)
    assert [len(neurons) for neurons in reports] == [10, 14]


def test_every_layer_follows_a_run_that_grows(path) -> None:
    explorer = opened(path)
    first = explorer.at_layer(0)
    before = first.summary(20)
    write_checkpoint(path, 30)
    assert first.refresh()
    assert explorer.epochs == first.epochs == (0, 10, 20, 30)
    assert first.run.config.layer == 0
    assert first.summary(20) is before
    assert len(first.summary(30).neurons.frequency) == 14
    assert not explorer.refresh()


def test_a_run_of_one_layer_has_one(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run))
    assert explorer.at_layer(0) is explorer
    with pytest.raises(UnknownQuery, match="layers 0 to 0; found 1"):
        explorer.at_layer(1)
