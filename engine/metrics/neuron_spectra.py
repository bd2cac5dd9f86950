"""One pass over all p^2 pairs: the Fourier blocks of every neuron, from which most metrics are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor

from engine.metrics.diagonal_sums import DiagonalSums
from engine.metrics.logit_sums import Slab
from engine.networks.fourier import paired_basis, sum_waves
from engine.networks.network import Network
from engine.networks.overflow import require_finite
from engine.networks.task import answers

Stage = Literal["pre", "post"]


@dataclass(frozen=True, eq=False)
class NeuronSpectra:
    """The 9 Fourier coefficients of every neuron at every frequency, and its energy.

    `blocks[k-1]` is block k of the neuron's grid, which is not centred: the rows (of x) and columns (of y)
    {constant, cos k, sin k} of `dft2`. For k = p/2 the row and the column of the absent sine are zero.
    """

    blocks: Tensor  # [freq, 3 (of x), 3 (of y), neuron]
    energy: Tensor  # [neuron]: of the centred grid
    fraction_active: Tensor  # [neuron]: share of the pairs with pre-activation > 0

    @property
    def block_energy(self) -> Tensor:
        """E_k: energy of block k of the centred grid. [freq, neuron]"""
        energy = self.blocks.square()
        energy[:, 0, 0] = 0  # set to zero, not subtracted from the sum: next to a large mean, digits would be lost
        return energy.sum(dim=(1, 2))

    @property
    def varies(self) -> Tensor:
        """Whether a neuron varies over pairs by more than rounding error. [neuron]"""
        return _exceeds_rounding(self.energy, self.blocks[0, 0, 0].square())


@dataclass(frozen=True, eq=False)
class PreActivationSums:
    """Coefficients of the pre-activations on the sum directions of some frequencies, and the neurons' energies."""

    coefficients: Tensor  # [key, part (cos, sin), neuron]
    energy: Tensor  # [neuron]: of the centred grid
    varies: Tensor  # [neuron]: whether a neuron varies over pairs by more than rounding error


def _exceeds_rounding(energy: Tensor, mean_energy: Tensor) -> Tensor:
    """Whether the energy of a centred grid exceeds the rounding error of a constant grid with the same mean."""
    return energy > (16 * torch.finfo(energy.dtype).eps) ** 2 * mean_energy


@dataclass(frozen=True, eq=False)
class SpectraPass:
    """The results of one pass over all pairs: `pre_sums` only if `compute_spectra` was given `pre_keys`."""

    spectra: NeuronSpectra
    pre_sums: PreActivationSums | None


def compute_spectra(
    network: Network,
    stage: Stage = "post",
    read: Callable[[Slab], None] | None = None,
    pre_keys: Sequence[int] = (),
) -> SpectraPass:
    """Run all pairs through the network, a slab of x at a time, and compute each neuron's Fourier blocks.

    The blocks need a few additions for each pair and neuron (`diagonal_sums`). With `read`, most of the cost is one
    product of p^3 d_mlp multiplications, the logits.

    Args:
        network: the network.
        stage: transform the pre-activations or the activations ("post").
        read: called with each slab of logits, (rows of x, [x, y, z]); only with stage "post", which computes them.
        pre_keys: frequencies; with these, compute the pre-activations' coefficients on their sum directions as well.

    Raises:
        OutOfRange: the weights are so large that the energies overflow.
    """
    spectra, pre_sums = _SpectraAccumulator(network), _PreActivationAccumulator(network, pre_keys)

    def read_pre(x: slice, pre: Tensor) -> None:
        spectra.add_active(pre)
        if pre_keys:
            pre_sums.add(x, pre)

    for x in network.slabs():
        if stage == "pre":
            grid = network.pre_rows(x)  # [x, y, neuron]
            read_pre(x, grid)
        else:
            grid = network.post_rows_after(x, partial(read_pre, x))
            if read is not None:
                read((x, network.logits(x, grid)))
        spectra.add(x, grid)
    return SpectraPass(spectra.result(), pre_sums.result() if pre_keys else None)


class _SpectraAccumulator:
    """Accumulates `NeuronSpectra` over slabs."""

    def __init__(self, network: Network) -> None:
        p, n_neurons = network.task.p, network.n_neurons
        like = torch.empty(0, dtype=network.dtype, device=network.device)
        self.p, self.K = p, p // 2
        self.basis = paired_basis(p, like.dtype, like.device)  # [component, token]
        self.sums = DiagonalSums(p, n_neurons, like)
        self.active = like.new_zeros(n_neurons)  # number of pairs with pre-activation > 0

    def add_active(self, pre: Tensor) -> None:
        # Ones and zeros in the dtype of `pre`: summing booleans takes four times as long.
        self.active += torch.gt(pre, 0, out=torch.empty_like(pre)).flatten(0, 1).sum(dim=0)

    def add(self, x: slice, grid: Tensor) -> None:
        self.sums.add(x, grid)

    def result(self) -> NeuronSpectra:
        sums = self.sums
        assert sums.shift is not None
        blocks = sums.shift.new_empty(self.K, 3, 3, len(sums.shift))
        blocks[:, 0, 0] = sums.total / self.p + self.p * sums.shift
        for on_constant, over_other in ((blocks[:, 1:, 0], sums.over_y), (blocks[:, 0, 1:], sums.over_x)):
            waves = self.basis[1:] @ (over_other / self.p**0.5)  # [component, neuron]
            on_constant.copy_(rearrange(waves, "(freq part) neuron -> freq part neuron", part=2))
        blocks[:, 1:, 1:] = sums.products()
        return NeuronSpectra(
            blocks=blocks,
            energy=require_finite("The energy of the neurons", sums.energy),
            fraction_active=self.active / self.p**2,
        )


class _PreActivationAccumulator:
    """Accumulates `PreActivationSums` over slabs."""

    def __init__(self, network: Network, keys: Sequence[int]) -> None:
        n_neurons, like = network.n_neurons, torch.empty(0, dtype=network.dtype, device=network.device)
        self.p = network.task.p
        waves = sum_waves(self.p, like.dtype, like.device)[[k - 1 for k in keys]]
        self.directions = waves.flatten(0, 1)  # [(key part), s]
        self.answers = answers(network.task, like.device)
        self.sums = like.new_zeros(len(self.directions), n_neurons)
        self.squares, self.total = like.new_zeros(n_neurons), like.new_zeros(n_neurons)
        self.shift: Tensor | None = None  # [neuron]: subtracted before squaring, so that the energy keeps its digits

    def add(self, x: slice, pre: Tensor) -> None:
        if self.shift is None:
            self.shift = pre[0, 0].clone()
        flat = pre.flatten(0, 1) - self.shift
        self.sums.addmm_(self.directions[:, self.answers[x].flatten()], flat)
        self.total += flat.sum(dim=0)
        self.squares += flat.square_().sum(dim=0)

    def result(self) -> PreActivationSums:
        assert self.shift is not None
        energy = (self.squares - self.total.square() / self.p**2).clamp_min(0)
        mean_energy = (self.total / self.p + self.p * self.shift).square()
        by_key = rearrange(self.sums, "(key part) neuron -> key part neuron", part=2)
        varies = _exceeds_rounding(energy, mean_energy)
        return PreActivationSums(by_key, require_finite("The energy of the pre-activations", energy), varies)
