"""One pass over all p^2 pairs: the Fourier blocks of every neuron, from which most metrics are computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor

from engine.metrics.diagonal_sums import DiagonalSums, PaddedSlabs
from engine.metrics.logit_sums import Slab
from engine.networks.config import Task
from engine.networks.fourier import paired_basis
from engine.networks.network import Network
from engine.networks.overflow import require_finite
from engine.networks.scratch import Scratch

Stage = Literal["pre", "post"]


@dataclass(frozen=True, eq=False)
class NeuronSpectra:
    """The 9 Fourier coefficients of every neuron at every frequency, and its energy.

    `blocks[k-1]` is block k of the neuron's grid, which is not centred: the rows (of x) and columns (of y)
    {constant, cos k, sin k} of `dft2`. For k = p/2 the row and the column of the absent sine are zero.
    """

    blocks: Tensor  # [freq, 3 (of x), 3 (of y), neuron]
    energy: Tensor  # [neuron]: of the centred grid, in float64
    fraction_active: Tensor  # [neuron]: share of the pairs with pre-activation > 0

    @property
    def block_energy(self) -> Tensor:
        """E_k: energy of block k of the centred grid, in float64, so that no square underflows. [freq, neuron]"""
        energy = self.blocks.double().square()
        energy[:, 0, 0] = 0  # set to zero, not subtracted from the sum: next to a large mean, digits would be lost
        return energy.sum(dim=(1, 2))

    @property
    def varies(self) -> Tensor:
        """Whether a neuron varies over pairs by more than rounding error. [neuron]"""
        return _varies(self.energy, self.blocks[0, 0, 0])

    def on_sum_directions(self, frequencies: Sequence[int], task: Task) -> Tensor:
        """Coefficients on the sum directions. [frequency, part (cos, sin), neuron]"""
        return on_sum_directions(self.blocks[[k - 1 for k in frequencies]].double(), frequencies, task.p, task.sign)


@dataclass(frozen=True, eq=False)
class InputSpectra:
    """What of the Fourier coefficients of the pre-activations is on x alone, on y alone or on the answer."""

    on_x: Tensor  # [freq, part, neuron]: of the waves of x times the constant of y
    on_y: Tensor  # [freq, part, neuron]
    on_answer: Tensor  # [freq, part, neuron]: on the sum directions
    constant: Tensor  # [neuron]
    energy: Tensor  # [neuron]: of the centred grid, in float64

    @property
    def varies(self) -> Tensor:
        """Whether a neuron varies over pairs by more than rounding error. [neuron]"""
        return _varies(self.energy, self.constant)

    def on_sum_directions(self, frequencies: Sequence[int], task: Task) -> Tensor:
        """Coefficients on the sum directions. [frequency, part (cos, sin), neuron]"""
        return self.on_answer[[k - 1 for k in frequencies]]


def _varies(energy: Tensor, constant: Tensor) -> Tensor:
    rounding = 16 * torch.finfo(constant.dtype).eps
    return energy > rounding**2 * constant.double().square()


def on_sum_directions(blocks: Tensor, frequencies: Sequence[int] | Tensor, p: int, sign: int) -> Tensor:
    """Coefficients on the sum directions, from blocks: `cos_k(x+y)` and `sin_k(x+y)`, or for sign -1 those of x-y.

    `frequencies` are those of the blocks: [block]. For k = p/2 the one sum direction is `cos_k cos_k`, and the
    coefficient on the absent sine is 0.

    [block, 3, 3, ...] -> [block, part (cos, sin), ...]
    """
    k = torch.as_tensor(frequencies, device=blocks.device).view(-1, *(1,) * (blocks.dim() - 3))
    length = blocks.new_full(k.shape, math.sqrt(2)).masked_fill_(2 * k == p, 1.0)  # of the sum of the products
    cosine = (blocks[:, 1, 1] - sign * blocks[:, 2, 2]) / length
    sine = (blocks[:, 2, 1] + sign * blocks[:, 1, 2]) / length
    return torch.stack([cosine, sine], dim=1)


@dataclass(frozen=True, eq=False)
class SpectraPass:
    """The results of one pass over all pairs: `pre` only if `compute_spectra` was called with `with_pre`."""

    spectra: NeuronSpectra
    pre: InputSpectra | None


def compute_spectra(
    network: Network,
    stage: Stage = "post",
    read: Callable[[Slab], object] | None = None,
    with_pre: bool = False,
) -> SpectraPass:
    """Run all pairs through the network, a slab of x at a time, and compute each neuron's Fourier blocks.

    The blocks need a few additions for each pair and neuron (`diagonal_sums`). With `read`, most of the cost is one
    product of p^3 d_mlp multiplications, the logits.

    Args:
        network: the network.
        stage: transform the pre-activations or the activations ("post").
        read: called with each slab of logits, (rows of x, [x, y, z]), which the next slab may overwrite; only with
            stage "post", which computes them.
        with_pre: compute those of the pre-activations as well; only for a task with sum directions.

    Raises:
        OutOfRange: the weights are so large that the energies overflow.
    """
    like = torch.empty(0, dtype=network.dtype, device=network.device)
    padded = PaddedSlabs(network.task.p, network.n_neurons, like)
    sums, pre_sums = DiagonalSums(padded), DiagonalSums(padded, [network.task.sign]) if with_pre else None
    active = torch.zeros(network.n_neurons, dtype=network.dtype, device=network.device)
    scratch = Scratch()

    def read_pre(x: slice, pre: Tensor) -> None:
        # Ones and zeros in the dtype of `pre`: to compare to booleans and to sum them takes several times as long.
        is_active = scratch.empty("is_active", pre.shape, pre.dtype, pre.device)
        active.add_(torch.gt(pre, 0, out=is_active).flatten(0, 1).sum(dim=0))
        if pre_sums is not None:
            pre_sums.add(x, pre)

    for x in network.slabs():
        if stage == "pre":
            grid = network.pre_rows(x)  # [x, y, neuron]
            read_pre(x, grid)
        else:
            grid = network.post_rows_after(x, partial(read_pre, x), scratch)
            if read is not None:
                read((x, network.logits(x, grid, scratch)))
        sums.add(x, grid)
    pre_spectra = None if pre_sums is None else _input_spectra(pre_sums, network.task.sign)
    return SpectraPass(_spectra(sums, active / network.task.p**2), pre_spectra)


def _spectra(sums: DiagonalSums, fraction_active: Tensor) -> NeuronSpectra:
    constant, on_x, on_y = _linear(sums)
    blocks = constant.new_empty(sums.p // 2, 3, 3, len(constant))
    blocks[:, 0, 0], blocks[:, 1:, 0], blocks[:, 0, 1:] = constant, on_x, on_y
    blocks[:, 1:, 1:] = sums.products()
    return NeuronSpectra(blocks, _energy(sums), fraction_active)


def _input_spectra(sums: DiagonalSums, sign: int) -> InputSpectra:
    cosine, sine = sums.on_sums() if sign == 1 else sums.on_differences()
    constant, on_x, on_y = _linear(sums)
    # The answer to a subtraction is x - y, the other sign of the difference.
    return InputSpectra(on_x, on_y, torch.stack([cosine, sign * sine], dim=1), constant, _energy(sums))


def _linear(sums: DiagonalSums) -> tuple[Tensor, Tensor, Tensor]:
    """The constant, and the waves of x and of y times the constant of the other. [neuron], [freq, part, neuron] each"""
    p, shift = sums.p, sums.shift
    assert shift is not None
    basis = paired_basis(p, shift.dtype, shift.device)  # [component, token]
    waves = (basis[1:] @ (over_other / p**0.5) for over_other in (sums.over_y, sums.over_x))  # [component, neuron]
    on_x, on_y = (rearrange(each, "(freq part) neuron -> freq part neuron", part=2) for each in waves)
    return sums.total / p + p * shift, on_x, on_y


def _energy(sums: DiagonalSums) -> Tensor:
    energy = sums.energy
    assert sums.shift is not None
    require_finite("The energy of the neurons", energy.to(sums.shift.dtype))  # the dtype that overflowed
    return energy
