"""Answers hold plain numbers; absent ones are None."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from engine.explorer.answers import EpochSummary, NeuronFacts
from engine.metrics.neuron_clusters import Neurons
from tests.engine.extremes import SMALL, explorer_of
from tests.engine.networks.plain_model import plain_forward


def test_facts_of_a_dead_neuron_are_none_and_of_a_tuned_one_numbers() -> None:
    share = np.array([np.nan, 0.9, 0.9])
    neurons = Neurons(np.array([0, 2, 5]), share, share, np.array([0.0, 0.5, 1.0]))
    assert astuple(NeuronFacts.of(neurons, 0, [2])) == (0, None, None, None, None, 0.0)
    assert astuple(NeuronFacts.of(neurons, 1, [2])) == (1, 2, 2, 0.9, 0.9, 0.5)
    assert NeuronFacts.of(neurons, 2, [2]).cluster is None  # tuned, but 5 is not a key frequency


def test_a_summary_holds_the_losses_of_all_pairs() -> None:
    explorer = explorer_of(SMALL)
    expected = plain_forward(explorer.run.weights(100), SMALL).loss.mean().item()
    summary = EpochSummary.of(explorer.network(100), None)
    assert summary.losses.loss.all == pytest.approx(expected, rel=1e-4)
    assert summary.losses.loss.train is None
    assert len(summary.neurons.share) == SMALL.d_mlp
