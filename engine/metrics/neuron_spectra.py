"""One pass over all p^2 pairs: the Fourier blocks of every neuron, from which most metrics are computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor

from engine.metrics.diagonal_sums import DiagonalSums, PaddedSlabs
from engine.metrics.logit_sums import Slab
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
        rounding = 16 * torch.finfo(self.blocks.dtype).eps
        return self.energy > rounding**2 * self.blocks[0, 0, 0].double().square()


@dataclass(frozen=True, eq=False)
class SpectraPass:
    """The results of one pass over all pairs: `pre` only if `compute_spectra` was called with `with_pre`."""

    spectra: NeuronSpectra
    pre: NeuronSpectra | None


def compute_spectra(
    network: Network,
    stage: Stage = "post",
    read: Callable[[Slab], None] | None = None,
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
        with_pre: compute the spectra of the pre-activations as well.

    Raises:
        OutOfRange: the weights are so large that the energies overflow.
    """
    like = torch.empty(0, dtype=network.dtype, device=network.device)
    padded = PaddedSlabs(network.task.p, network.n_neurons, like)
    spectra, pre_spectra = _SpectraAccumulator(padded), _SpectraAccumulator(padded)
    active = torch.zeros(network.n_neurons, dtype=network.dtype, device=network.device)
    scratch = Scratch()

    def read_pre(x: slice, pre: Tensor) -> None:
        # Ones and zeros in the dtype of `pre`: to compare to booleans and to sum them takes several times as long.
        is_active = scratch.empty("is_active", pre.shape, pre.dtype, pre.device)
        active.add_(torch.gt(pre, 0, out=is_active).flatten(0, 1).sum(dim=0))
        if with_pre:
            pre_spectra.add(x, pre)

    for x in network.slabs():
        if stage == "pre":
            grid = network.pre_rows(x)  # [x, y, neuron]
            read_pre(x, grid)
        else:
            grid = network.post_rows_after(x, partial(read_pre, x), scratch)
            if read is not None:
                read((x, network.logits(x, grid, scratch)))
        spectra.add(x, grid)
    fraction_active = active / network.task.p**2
    return SpectraPass(spectra.result(fraction_active), pre_spectra.result(fraction_active) if with_pre else None)


class _SpectraAccumulator:
    """Accumulates `NeuronSpectra` over slabs."""

    def __init__(self, padded: PaddedSlabs) -> None:
        self.p, self.K = padded.p, padded.p // 2
        self.basis = paired_basis(padded.p, padded.like.dtype, padded.like.device)  # [component, token]
        self.sums = DiagonalSums(padded)

    def add(self, x: slice, grid: Tensor) -> None:
        self.sums.add(x, grid)

    def result(self, fraction_active: Tensor) -> NeuronSpectra:
        sums = self.sums
        assert sums.shift is not None
        blocks = sums.shift.new_empty(self.K, 3, 3, len(sums.shift))
        blocks[:, 0, 0] = sums.total / self.p + self.p * sums.shift
        for on_constant, over_other in ((blocks[:, 1:, 0], sums.over_y), (blocks[:, 0, 1:], sums.over_x)):
            waves = self.basis[1:] @ (over_other / self.p**0.5)  # [component, neuron]
            on_constant.copy_(rearrange(waves, "(freq part) neuron -> freq part neuron", part=2))
        blocks[:, 1:, 1:] = sums.products()
        require_finite("The energy of the neurons", sums.energy.to(blocks.dtype))  # the dtype that overflowed
        return NeuronSpectra(blocks, sums.energy, fraction_active)
