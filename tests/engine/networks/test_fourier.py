import math

import pytest
import torch

from engine.networks.config import Task
from engine.networks.fourier import block_energies, component_name, dft1, dft2, fourier_basis, sum_waves
from engine.networks.task import answers
from tests.engine.metrics import plain_metrics as plain

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
def test_waves_of_the_answers_are_the_unit_directions_over_the_pairs(p: int, operation, sign: int) -> None:
    for k in range(1, p // 2 + 1):
        for part, direction in enumerate(plain.sum_directions(p, k, sign)):
            assert torch.allclose(sum_waves(p)[k - 1, part][answers(Task(p, operation))], direction)


def test_answers_wrap_around() -> None:
    assert answers(Task(3, "add")).tolist() == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    assert answers(Task(3, "subtract")).tolist() == [[0, 2, 1], [1, 0, 2], [2, 1, 0]]


def test_components_have_names() -> None:
    assert [component_name(i) for i in range(5)] == ["const", "cos 1", "sin 1", "cos 2", "sin 2"]
