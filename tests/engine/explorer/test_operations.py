"""The explorer on a run that multiplies or divides: its answers are those of the network on the logarithms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import Ablation, Explorer, Run, Split, UnknownQuery
from engine.networks.config import ModelConfig
from engine.networks.split import random_seed_split
from engine.networks.weights import Weights
from engine.runs.run import Checkpoint
from tests.engine.known_network import known_network
from tests.engine.networks.plain_model import plain_forward
from tests.engine.relabelled_network import RelabelledNetwork, relabelled


def explorer_of(config: ModelConfig, weights: Weights, split: Split) -> Explorer:
    run = Run("known", Path("known"), "memory", config, (Checkpoint(0, lambda: weights),))
    return Explorer(run, split=split, keys=[2, 3])


Pair = tuple[RelabelledNetwork, Explorer, Explorer]


@pytest.fixture(params=["add", "subtract"])
def pair(request) -> Pair:
    """A network modulo 10, renamed to multiply or divide modulo 11; explorers of the original and of the renamed."""
    known = known_network(10, (2, 3), operation=request.param)
    network = relabelled(known.config, known.weights, root=2)
    train = random_seed_split(10, 0, 40)
    original = explorer_of(known.config, known.weights, Split(train, "option"))
    renamed = explorer_of(network.config, network.weights, Split(network.grid(train, elsewhere=False), "option"))
    return network, original, renamed


def test_neurons_spectra_and_interventions_are_those_of_the_original(pair: Pair) -> None:
    _, original, renamed = pair
    assert renamed.config == original.config
    assert renamed.interventions(0, 0) == original.interventions(0, 0)
    assert np.array_equal(renamed.neuron_activation(0, 5, 0).post, original.neuron_activation(0, 5, 0).post)
    assert np.array_equal(renamed.neuron_spectrum(0, 5, 0).spectrum, original.neuron_spectrum(0, 5, 0).spectrum)
    for found, expected in zip(renamed.mean_spectra(0, 0), original.mean_spectra(0, 0), strict=True):
        assert found is not None
        assert expected is not None
        assert np.array_equal(found, expected)


def test_the_summary_has_the_losses_of_all_pairs_and_of_those_with_logarithms(pair: Pair) -> None:
    network, original, renamed = pair
    summary = renamed.summary(0)
    assert summary.losses_in_order == original.summary(0).losses
    logits = plain_forward(network.weights, network.config).logits
    assert summary.losses.loss.all != summary.losses_in_order.loss.all
    assert renamed.network_of_all_tokens(0).all_logits().numpy() == pytest.approx(logits.numpy(), abs=1e-4)


@pytest.mark.parametrize(
    "ablation",
    [
        Ablation(clusters=frozenset({2})),
        Ablation(clusters=frozenset({3, None}), fill="mean"),
        Ablation(preset="key-frequencies"),
        Ablation(preset="sum-directions"),
    ],
)
def test_ablations_are_those_of_the_original_with_tokens_renamed(pair: Pair, ablation: Ablation) -> None:
    network, original, renamed = pair
    i, j = 3, 8
    expected = original.ablate(0, 0, ablation, i, j)
    found = renamed.ablate(0, 0, ablation, network.residues[i], network.residues[j])
    for ours, theirs in ((found.original, expected.original), (found.ablated, expected.ablated)):
        assert ours.scores == theirs.scores
        assert np.array_equal(ours.logits, theirs.logits)
        assert ours.answer == network.residues[theirs.answer]
        assert ours.prediction == network.residues[theirs.prediction]
        assert (ours.rank, ours.margin) == (theirs.rank, theirs.margin)


def test_a_pair_without_logarithms_is_not_ablated(pair: Pair) -> None:
    with pytest.raises(UnknownQuery, match=r"0 has no logarithm, .* choose numbers from 1 to 10"):
        pair[2].ablate(0, 0, Ablation(), 0, 4)


def test_key_frequencies_are_those_of_the_tokens_with_logarithms(pair: Pair) -> None:
    run = pair[2].run
    assert Explorer(run, keys=[5]).keys(0) == (5,)
    with pytest.raises(UnknownQuery, match="Key frequencies of 10 tokens must be between 1 and 5; found 6"):
        Explorer(run, keys=[6])
