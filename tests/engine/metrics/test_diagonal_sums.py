"""The sums over diagonals against the Fourier coefficients by their definition, for slabs of any size."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.diagonal_sums import DiagonalSums, PaddedSlabs
from tests.engine.metrics import plain_metrics as plain


@pytest.fixture(params=[2, 5, 12, 13])
def grid(request: pytest.FixtureRequest) -> torch.Tensor:
    """Random values with a mean other than 0. [x, y, neuron]"""
    p = request.param
    return torch.randn(p, p, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(p)) + 2


def sums_of(grid: torch.Tensor, n_rows: int) -> DiagonalSums:
    """The sums over slabs of `n_rows` rows; the last one may have fewer."""
    p = len(grid)
    sums = DiagonalSums(PaddedSlabs(p, grid.shape[-1], grid[:0]))
    for start in range(0, p, n_rows):
        x = slice(start, min(start + n_rows, p))
        sums.add(x, grid[x])
    return sums


@pytest.mark.parametrize("n_rows", [1, 2, 5, 13])
def test_products_are_those_of_the_2d_transform(grid, n_rows) -> None:
    products, p = sums_of(grid, n_rows).products(), len(grid)
    for neuron in range(grid.shape[-1]):
        for k in range(1, p // 2 + 1):
            expected = torch.zeros(2, 2, dtype=torch.float64)  # the absent sine of p/2 counts as zero
            terms = len(plain.components(p, k)) - 1
            expected[:terms, :terms] = plain.block(grid[..., neuron], k)[1:, 1:]
            torch.testing.assert_close(products[k - 1, :, :, neuron], expected)


@pytest.mark.parametrize("n_rows", [1, 2, 5, 13])
def test_energy_and_sums_over_rows_and_columns(grid, n_rows) -> None:
    sums = sums_of(grid, n_rows)
    assert sums.shift is not None
    torch.testing.assert_close(sums.energy, (grid - grid.mean(dim=(0, 1))).square().sum(dim=(0, 1)))
    torch.testing.assert_close(sums.over_y, (grid - sums.shift).sum(dim=1))
    torch.testing.assert_close(sums.over_x, (grid - sums.shift).sum(dim=0))


def test_two_sums_share_the_memory_of_their_slabs(grid) -> None:
    p = len(grid)
    slabs = PaddedSlabs(p, grid.shape[-1], grid[:0])
    first, second = DiagonalSums(slabs), DiagonalSums(slabs)
    for x in (slice(0, p - 1), slice(p - 1, p)):
        first.add(x, grid[x])
        second.add(x, -2 * grid[x])
    for sums, alone in ((first, sums_of(grid, p)), (second, sums_of(-2 * grid, p))):
        torch.testing.assert_close(sums.products(), alone.products())
        torch.testing.assert_close(sums.energy, alone.energy)


def test_the_grid_is_left_as_it_was(grid) -> None:
    before = grid.clone()
    sums_of(grid, 5)
    assert torch.equal(grid, before)


def test_a_neuron_active_at_one_pair_of_the_first_slab_keeps_its_energy_in_float32() -> None:
    """The constant that is subtracted is a mean of many pairs, so that one large value hardly shifts the others."""
    p = 61
    grid = torch.zeros(p, p, 1)
    grid[0, 0] = 3
    energy = sums_of(grid, 8).energy
    torch.testing.assert_close(energy.item(), 9 - 9 / p**2, rtol=1e-6, atol=0)
