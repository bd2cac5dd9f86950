"""One pass over all p^2 inputs that leaves what most measures start from: every neuron's blocks; logits are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor

from engine.metrics.logit_sums import Slab
from engine.networks.activations import activation
from engine.networks.folded import Folded
from engine.networks.fourier import fourier_basis, sum_waves
from engine.networks.overflow import require_finite
from engine.networks.task import answers

Stage = Literal["pre", "post"]


@dataclass(frozen=True, eq=False)
class NeuronSpectra:
    """Every neuron's 9 coefficients at every frequency, and its energy.

    `blocks[k-1]` holds rows and columns {constant, cos k, sin k} of `dft2` of the neuron's grid, not centred.
    """

    blocks: Tensor  # [freq, 3 (of x), 3 (of y), neuron]
    energy: Tensor  # [neuron]: of the centred grid
    fraction_active: Tensor  # [neuron]: share of inputs with pre-activation > 0

    @property
    def block_energy(self) -> Tensor:
        """E_k: energy of block k of the centred grid. [freq, neuron]"""
        energy = self.blocks.square()
        energy[:, 0, 0] = 0  # left out, not taken off the sum: beside a large mean the rest would lose its digits
        return energy.sum(dim=(1, 2))

    @property
    def varies(self) -> Tensor:
        """Whether a neuron varies by more than what rounding leaves of a constant one. [neuron]"""
        return _exceeds_rounding(self.energy, self.blocks[0, 0, 0].square())


@dataclass(frozen=True, eq=False)
class PreActivationSums:
    """The pre-activations on the sum directions of a few frequencies, and their energy."""

    coefficients: Tensor  # [key, 2, neuron]
    energy: Tensor  # [neuron]: of the centred grid
    varies: Tensor  # [neuron]: whether by more than what rounding leaves of a constant one


def _exceeds_rounding(energy: Tensor, of_mean: Tensor) -> Tensor:
    """Whether a centred grid's energy is more than what rounding leaves of one that is constant."""
    return energy > (16 * torch.finfo(energy.dtype).eps) ** 2 * of_mean


@dataclass(frozen=True, eq=False)
class SpectraPass:
    """What one pass leaves; `pre_sums` where it was asked for."""

    spectra: NeuronSpectra
    pre_sums: PreActivationSums | None


def compute_spectra(
    folded: Folded,
    stage: Stage = "post",
    read: Callable[[Slab], None] | None = None,
    pre_keys: Sequence[int] = (),
) -> SpectraPass:
    """Run all inputs, a slab of x at a time, and keep each neuron's blocks (of `pre` or `post`).

    `read` is handed the logits of each slab (which `stage` "pre" does not compute). With `pre_keys`, the
    pre-activations on the sum directions of these frequencies are kept too.

    Raises:
        OutOfRange: weights so large that the energies overflow.

    Of the 2-D transform only the first half is done in full; the second is done where a block needs it. The cost
    is two products of p^3 d_mlp multiplications each, that half and the logits.
    """
    spectra, pre_sums = _SpectraAccumulator(folded), _PreActivationAccumulator(folded, pre_keys)
    for x in folded.slabs():
        grid = folded.to_pre.rows(x)  # [x, y, neuron]
        spectra.add_active(grid)
        if pre_keys:
            pre_sums.add(x, grid)
        if stage == "post":
            grid = activation(folded.config.act_fn, grid, overwrite=True)
            if read is not None:
                read((x, folded.logits(x, grid)))
        spectra.add(x, grid)
    return SpectraPass(spectra.whole(), pre_sums.whole() if pre_keys else None)


class _SpectraAccumulator:
    """The sums behind `NeuronSpectra`, slab by slab."""

    def __init__(self, folded: Folded) -> None:
        like, p, K, d_mlp = folded.W_logit, folded.config.p, folded.config.n_frequencies, folded.config.d_mlp
        self.p, self.K = p, K
        self.basis = fourier_basis(p, like.dtype, like.device)
        # per frequency the rows constant, cos, sin: [freq, 3, x]
        self.rows = torch.stack([each.expand(K, p) for each in self._const_cos_sin(self.basis)], dim=1)
        self.waves = like.new_zeros(K, 3, 2 * d_mlp)  # y along cos k and sin k
        self.constants = like.new_zeros(p, d_mlp)  # y along the constant, x along every component
        self.squares, self.active = like.new_zeros(d_mlp), like.new_zeros(d_mlp)  # squares of y along all but constant

    def _const_cos_sin(self, components: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return components[:1], components[1 : 2 * self.K : 2], components[2 : 2 * self.K + 1 : 2]

    def add_active(self, pre: Tensor) -> None:
        # Ones and zeros in its own dtype: summing booleans takes four times as long.
        self.active += torch.gt(pre, 0, out=torch.empty_like(pre)).flatten(0, 1).sum(dim=0)

    def add(self, x: slice, grid: Tensor) -> None:
        half = torch.matmul(self.basis, grid)  # [x, component_y, neuron]
        self.constants.addmm_(self.basis[:, x], half[:, 0])
        pairs = rearrange(half[:, 1 : 2 * self.K + 1], "x (freq part) neuron -> freq x (part neuron)", freq=self.K)
        self.waves.baddbmm_(self.rows[:, :, x], pairs)
        half[:, 0] = 0  # kept by itself: beside a large mean the rest would lose its digits
        self.squares += half.square_().flatten(0, 1).sum(dim=0)

    def whole(self) -> NeuronSpectra:
        along_waves = rearrange(self.waves, "freq row (part neuron) -> freq row part neuron", part=2)
        along_constant = [each.expand(self.K, -1) for each in self._const_cos_sin(self.constants)]
        # The basis is orthonormal: energy stays.
        energy = self.squares + self.constants[1:].square().sum(dim=0)
        return NeuronSpectra(
            blocks=torch.cat([torch.stack(along_constant, dim=1)[:, :, None], along_waves], dim=2),
            energy=require_finite("The energy of the neurons", energy),
            fraction_active=self.active / self.p**2,
        )


class _PreActivationAccumulator:
    """The sums behind `PreActivationSums`, slab by slab."""

    def __init__(self, folded: Folded, keys: Sequence[int]) -> None:
        like, self.p = folded.W_logit, folded.config.p
        self.directions = sum_waves(self.p, like.dtype, like.device)[[k - 1 for k in keys]].flatten(0, 1)  # [., s]
        self.s = answers(self.p, folded.config.operation, like.device)
        self.sums = like.new_zeros(len(self.directions), folded.config.d_mlp)
        self.squares, self.total = like.new_zeros(folded.config.d_mlp), like.new_zeros(folded.config.d_mlp)
        self.shift: Tensor | None = None  # [neuron]: squares around it, not around 0, leave the energy its digits

    def add(self, x: slice, pre: Tensor) -> None:
        if self.shift is None:
            self.shift = pre[0, 0].clone()
        flat = pre.flatten(0, 1) - self.shift
        self.sums.addmm_(self.directions[:, self.s[x].flatten()], flat)
        self.total += flat.sum(dim=0)
        self.squares += flat.square_().sum(dim=0)

    def whole(self) -> PreActivationSums:
        assert self.shift is not None
        energy = (self.squares - self.total.square() / self.p**2).clamp_min(0)
        of_mean = (self.total / self.p + self.p * self.shift).square()
        by_key = rearrange(self.sums, "(key part) neuron -> key part neuron", part=2)
        varies = _exceeds_rounding(energy, of_mean)
        return PreActivationSums(by_key, require_finite("The energy of the pre-activations", energy), varies)
