import math

import pytest
import torch

from engine.fourier import (
    block_energies,
    component_name,
    dft1,
    dft2,
    fourier_basis,
    sum_coefficients,
    sum_waves,
    sums_by_answer,
)
from tests.engine import plain_measures as plain

MODULI = [3, 4, 5, 12, 59]


@pytest.mark.parametrize("p", MODULI)
def test_the_basis_is_orthonormal_and_ordered(p: int) -> None:
    B = fourier_basis(p)
    assert torch.allclose(B @ B.T, torch.eye(p, dtype=torch.float64), atol=1e-12)
    for component in range(p):
        assert torch.allclose(B[component], plain.wave(p, component), atol=1e-12)


@pytest.mark.parametrize("p", MODULI)
def test_the_transform_is_the_basis_on_both_sides_and_keeps_energy(p: int) -> None:
    grid = torch.randn(p, p, dtype=torch.float64)
    B = fourier_basis(p)
    assert torch.allclose(dft2(grid), B @ grid @ B.T)
    assert torch.allclose(dft1(grid), B @ grid)
    assert math.isclose(dft2(grid).square().sum().item(), grid.square().sum().item())


@pytest.mark.parametrize("p", MODULI)
def test_block_energies_are_those_of_the_nine_terms(p: int) -> None:
    grid = torch.randn(p, p, dtype=torch.float64)
    spectrum = dft2(grid - grid.mean())
    assert torch.allclose(block_energies(spectrum), plain.energies(grid))


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
@pytest.mark.parametrize("p", MODULI)
def test_projections_by_diagonals_are_those_on_p_squared_long_directions(p: int, operation, sign: int) -> None:
    values = torch.randn(p, p, 2, dtype=torch.float64)
    found = sum_coefficients(values, operation)
    for k in range(1, (p - 1) // 2 + 1):
        for part, direction in enumerate(plain.sum_directions(p, k, sign)):
            expected = (values * direction[..., None]).sum(dim=(0, 1))
            assert torch.allclose(found[k - 1, part], expected)
            s = (torch.arange(p)[:, None] + sign * torch.arange(p)) % p
            assert torch.allclose(sum_waves(p)[k - 1, part][s], direction)


def test_diagonals_wrap_around() -> None:
    grid = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    assert sums_by_answer(grid, "add").tolist() == [1 + 6 + 8, 2 + 4 + 9, 3 + 5 + 7]
    assert sums_by_answer(grid, "subtract").tolist() == [1 + 5 + 9, 3 + 4 + 8, 2 + 6 + 7]


def test_components_have_names() -> None:
    assert [component_name(i, 5) for i in range(5)] == ["const", "cos 1", "sin 1", "cos 2", "sin 2"]
