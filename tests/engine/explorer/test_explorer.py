"""Queries of the explorer against the oracle."""

import numpy as np
import pytest
import torch

from engine import Explorer, UnknownQuery, open_run
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward


@pytest.fixture
def explorer(tiny_run) -> Explorer:
    return Explorer(open_run(tiny_run), dtype=torch.float64)


def test_activation_and_spectrum_of_a_neuron_match_the_oracle(explorer) -> None:
    run = explorer.run
    expected = plain_forward(run.weights(20), run.config).post[..., 3]
    found = explorer.neuron_activation(20, 3, 40)
    np.testing.assert_allclose(found.post, expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(found.post, np.maximum(found.pre, 0))
    spectrum = explorer.neuron_spectrum(20, 3, 40)
    np.testing.assert_allclose(spectrum.energy, plain.energies(expected).numpy(), atol=1e-9)
    assert spectrum.spectrum[0, 0] == pytest.approx(0, abs=1e-9)


def test_clusters_use_the_key_frequencies_of_the_reference_epoch(explorer) -> None:
    for reference in explorer.epochs:
        found = explorer.clusters(20, reference)
        assert tuple(c.frequency for c in found[:-1]) == explorer.keys(reference)
        assert sorted(np.concatenate([c.neurons for c in found]).tolist()) == list(range(12))


def test_expensive_results_are_cached(explorer) -> None:
    assert explorer.summary(10) is explorer.summary(10)
    assert explorer.pre_spectra(10) is explorer.pre_spectra(10)
    assert explorer.mean_spectra(10, 40) is explorer.mean_spectra(10, 40)


def test_pre_spectra_match_the_oracle(explorer) -> None:
    expected = plain_forward(explorer.run.weights(20), explorer.run.config).pre
    found = explorer.pre_spectra(20)
    for neuron in range(12):
        energies = plain.energies(expected[..., neuron])
        np.testing.assert_allclose(found.block_energy[:, neuron].numpy(), energies.numpy(), atol=1e-9)


def test_mean_spectra_match_the_oracle(explorer) -> None:
    post = plain_forward(explorer.run.weights(20), explorer.run.config).post
    basis = torch.stack([plain.wave(7, component) for component in range(7)])
    for cluster, found in zip(explorer.clusters(20, 40), explorer.mean_spectra(20, 40), strict=True):
        grids = [post[..., n] - post[..., n].mean() for n in cluster.neurons.tolist()]
        if not grids:
            assert found is None
            continue
        expected = torch.stack([(basis @ grid @ basis.T).square() for grid in grids]).mean(dim=0)
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (lambda e: e.check.epoch(15), "no checkpoint at epoch 15; nearest: 10 and 20"),
        (lambda e: e.check.epoch(99), "no checkpoint at epoch 99; nearest: 40"),
        (lambda e: e.neuron_facts(10, 12, 40), "neurons 0 to 11; found 12"),
        (lambda e: Explorer(e.run, keys=[4]), "between 1 and 3; found 4"),
    ],
)
def test_unknown_epochs_neurons_and_frequencies_are_refused(explorer, query, message) -> None:
    with pytest.raises(UnknownQuery, match=message):
        query(explorer)
