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
    exact, keys = plain_forward(weights, config), (2, 4)
    rounded = compute_spectra(fold(weights.to(torch.float32, torch.device("cpu")), config), pre_keys=keys)
    for neuron in range(config.d_mlp):
        grid = exact.post[..., neuron]
        energy = (grid - grid.mean()).square().sum()
        assert rounded.spectra.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        assert rounded.pre_sums.energy[neuron].item() == pytest.approx(energy.item(), rel=1e-3)
        torch.testing.assert_close(
            rounded.spectra.block_energy[:, neuron].double(), plain.energies(grid), rtol=1e-3, atol=1e-3 * energy.item()
        )
        assert rounded.spectra.varies[neuron]
        assert rounded.pre_sums.varies[neuron]


def test_logits_are_passed_to_the_reader_in_slabs(model) -> None:
    folded, expected = model
    slabs = []
    compute_spectra(folded, read=slabs.append)
    for x, logits in slabs:
        torch.testing.assert_close(logits, expected.logits[x])
    assert sum(len(logits) for _, logits in slabs) == folded.config.p
