"""The losses without each cluster against a plain forward pass, and their steps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine import Explorer
from engine.runs.run import Checkpoint, Run
from tests.engine.known_network import known_network
from tests.engine.networks.plain_model import plain_forward

KEYS = (2, 5)


@pytest.fixture
def explorer() -> Explorer:
    """Known clusters of frequencies 2 and 5, and 3, which has no neurons."""
    known = known_network(11, KEYS)
    run = Run("known", Path("known"), "memory", known.config, (Checkpoint(0, lambda: known.weights),))
    return Explorer(run, dtype=torch.float64, no_split=True, keys=(*KEYS, 3))


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_losses_match_a_plain_forward_pass(explorer, fill) -> None:
    losses = explorer.cluster_losses(0, 0)
    assert list(losses.steps())
    for cluster in explorer.clusters(0, 0):
        members = torch.from_numpy(cluster.neurons)

        def edit(post: Tensor, members: Tensor = members) -> Tensor:
            post = post.clone()
            post[..., members] = post[..., members].mean(dim=(0, 1)) if fill == "mean" else 0.0
            return post

        expected = plain_forward(explorer.run.weights(0), explorer.run.config, edit_post=edit).loss.mean().item()
        assert losses.known(cluster.frequency, fill) == pytest.approx(expected)


def test_steps_can_be_stopped_and_resumed(explorer) -> None:
    losses = explorer.cluster_losses(0, 0)
    assert losses.known(2, "zero") is None
    assert losses.known(3, "mean") == explorer.summary(0).losses_in_order.loss.all  # without neurons nothing changes
    next(losses.steps())
    assert losses.known(2, "zero") is not None
    assert losses.known(5, "zero") is None
    with_neurons = [cluster for cluster in explorer.clusters(0, 0) if len(cluster.neurons)]
    assert len(list(explorer.cluster_losses(0, 0).steps())) == 2 * len(with_neurons) - 1
    assert list(losses.steps()) == []


def test_activations_are_those_of_each_neuron(explorer) -> None:
    found = explorer.activations(0, (3, 1))
    assert found.neurons == (3, 1)
    for neuron, grid in zip(found.neurons, found.post, strict=True):
        assert grid == pytest.approx(explorer.neuron_activation(0, neuron, 0).post)
    assert explorer.activations(0, [3, 1]) is found
