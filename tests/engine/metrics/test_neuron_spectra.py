"""The spectra of neurons against the oracle."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from engine.metrics.neuron_spectra import compute_spectra
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward


@pytest.mark.parametrize("stage", ["pre", "post"])
def test_blocks_energies_and_activity_match_the_oracle(model, stage) -> None:
    folded, expected = model
    spectra = compute_spectra(folded, stage).spectra
    grids = getattr(expected, stage)
    for neuron in range(grids.shape[-1]):
        grid = grids[..., neuron]
        for k in range(1, folded.config.n_frequencies + 1):
            block = torch.zeros(3, 3, dtype=torch.float64)  # the absent sine of p/2 counts as zero
            terms = len(plain.components(folded.config.p, k))
            block[:terms, :terms] = plain.block(grid, k)
            torch.testing.assert_close(spectra.blocks[k - 1, :, :, neuron], block)
        torch.testing.assert_close(spectra.block_energy[:, neuron], plain.energies(grid))
        torch.testing.assert_close(spectra.energy[neuron], (grid - grid.mean()).square().sum())
    torch.testing.assert_close(spectra.fraction_active, (expected.pre > 0).double().mean(dim=(0, 1)))


def test_a_small_variation_around_a_large_mean_keeps_its_digits(random_weights) -> None:
    """In float32, subtracting the energy of the mean from the total would give errors of several percent."""
    config = ModelConfig.standard(p=13, d_model=8, n_heads=2, d_mlp=10)
    weights = random_weights(config, dtype=torch.float64)
    weights = dataclasses.replace(weights, b_in=weights.b_in + 300)
    exact = plain_forward(weights, config)
    rounded = compute_spectra(fold(weights.to(torch.float32, torch.device("cpu")), config), with_pre=True)
    assert rounded.pre is not None
    for neuron in range(config.d_mlp):
        grid = exact.post[..., neuron]
        energy = (grid - grid.mean()).square().sum()
        assert rounded.spectra.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        assert rounded.pre.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        torch.testing.assert_close(
            rounded.spectra.block_energy[:, neuron], plain.energies(grid), rtol=1e-3, atol=1e-3 * energy.item()
        )
        assert rounded.spectra.varies[neuron]
        assert rounded.pre.varies[neuron]


@pytest.mark.parametrize("scale", [1e-18, 1e-41])
def test_neurons_whose_squares_underflow_in_float32_have_their_energy(scale, random_weights) -> None:
    """Weight decay leaves neurons with weights of 1e-40, of which float32 still holds 4 digits."""
    config = ModelConfig.standard(p=13, d_model=8, n_heads=2, d_mlp=10)
    weights = random_weights(config, dtype=torch.float64)
    factor = torch.ones(config.d_mlp, dtype=torch.float64)
    factor[[0, 9]] = scale
    weights = dataclasses.replace(weights, W_in=weights.W_in * factor, b_in=weights.b_in * factor)
    exact = plain_forward(weights, config).post
    spectra = compute_spectra(fold(weights.to(torch.float32, torch.device("cpu")), config)).spectra
    energy = (exact - exact.mean(dim=(0, 1))).square().sum(dim=(0, 1))
    torch.testing.assert_close(spectra.energy, energy, rtol=1e-3, atol=0)
    for neuron in (0, 9):
        expected = plain.energies(exact[..., neuron])
        torch.testing.assert_close(spectra.block_energy[:, neuron], expected, rtol=1e-2, atol=1e-3 * energy[neuron])
    assert spectra.varies[[0, 9]].all()


def test_logits_are_passed_to_the_reader_in_slabs(model) -> None:
    folded, expected = model
    slabs = []
    compute_spectra(folded, read=lambda slab: slabs.append((slab[0], slab[1].clone())))
    for x, logits in slabs:
        torch.testing.assert_close(logits, expected.logits[x])
    assert sum(len(logits) for _, logits in slabs) == folded.config.p


def test_a_pass_leaves_the_network_as_it_was(model) -> None:
    """A pass writes into memory of its own: values that the network caches stay."""
    folded, expected = model
    first, second = (compute_spectra(folded, with_pre=True).spectra for _ in range(2))
    assert torch.equal(first.blocks, second.blocks)
    torch.testing.assert_close(folded.post_rows(slice(None)), expected.post)
