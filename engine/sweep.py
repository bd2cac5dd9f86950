"""One pass over all p^2 inputs that leaves what most measures start from: logits and every neuron's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor

from engine.activations import activation
from engine.folded import Folded
from engine.fourier import answers, fourier_basis, sum_waves

Stage = Literal["pre", "post"]


@dataclass(frozen=True, eq=False)
class NeuronSpectra:
    """Every neuron's 9 coefficients at every frequency, and its energy.

    `blocks[k-1]` holds rows and columns {constant, cos k, sin k} of `dft2` of the neuron's grid, not centred.
    """

    stage: Stage
    blocks: Tensor  # [freq, 3 (of x), 3 (of y), neuron]
    energy: Tensor  # [neuron]: of the centred grid
    fraction_active: Tensor  # [neuron]: share of inputs with pre-activation > 0

    @property
    def block_energy(self) -> Tensor:
        """E_k: energy of block k of the centred grid. [freq, neuron]"""
        energy = self.blocks.square()
        return energy.sum(dim=(1, 2)) - energy[:, 0, 0]

    @property
    def varies(self) -> Tensor:
        """Whether a neuron varies by more than what rounding leaves of a constant one. [neuron]"""
        return self.energy > 8 * torch.finfo(self.energy.dtype).eps * self.blocks[0, 0, 0].square()


@dataclass(frozen=True, eq=False)
class PreSums:
    """The pre-activations on the sum directions of a few frequencies, and their energy."""

    coefficients: Tensor  # [key, 2, neuron]
    energy: Tensor  # [neuron]: of the centred grid


@dataclass(frozen=True, eq=False)
class Sweep:
    """What one pass leaves; `logits` and `pre_sums` where they were asked for."""

    spectra: NeuronSpectra
    logits: Tensor | None  # [x, y, z]
    pre_sums: PreSums | None


def sweep(folded: Folded, stage: Stage = "post", logits: bool = True, pre_keys: Sequence[int] = ()) -> Sweep:
    """Run all inputs, a slab of x at a time, and keep each neuron's blocks (of `pre` or `post`) and the logits.

    With `pre_keys`, the pre-activations on the sum directions of these frequencies are kept too.

    Of the 2-D transform only the first half is done in full; the second is done where a block needs it. The cost
    is two products of p^3 d_mlp multiplications each, that half and the logits.
    """
    config = folded.config
    p, K, d_mlp = config.p, config.n_frequencies, config.d_mlp
    W_logit = folded.W_logit
    basis = fourier_basis(p, W_logit.dtype, W_logit.device)
    # per frequency the rows constant, cos, sin: [freq, 3, x]
    rows = torch.stack([basis[:1].expand(K, p), basis[1 : 2 * K : 2], basis[2 : 2 * K + 1 : 2]], dim=1)
    waves = W_logit.new_zeros(K, 3, 2 * d_mlp)  # y along cos k and sin k
    constants = W_logit.new_zeros(p, d_mlp)  # y along the constant, x along every component
    squares, active = W_logit.new_zeros(d_mlp), W_logit.new_zeros(d_mlp)
    directions = sum_waves(p, W_logit.dtype, W_logit.device)[[k - 1 for k in pre_keys]].flatten(0, 1)  # [key part, s]
    s = answers(p, config.operation, W_logit.device)
    pre_sums, pre_squares, pre_total = W_logit.new_zeros(len(directions), d_mlp), squares.clone(), squares.clone()
    slab_logits = []
    for x in folded.slabs():
        grid = folded.to_pre.rows(x)  # [x, y, neuron]
        active += (grid > 0).sum(dim=(0, 1))
        if pre_keys:
            flat = grid.flatten(0, 1)
            pre_sums.addmm_(directions[:, s[x].flatten()], flat)
            pre_squares += torch.linalg.vector_norm(flat, dim=0).square()
            pre_total += flat.sum(dim=0)
        if stage == "post":
            grid = activation(config.act_fn, grid, overwrite=True)
        if logits:
            slab_logits.append(folded.logits(x, grid))
        half = torch.matmul(basis, grid)  # [x, component_y, neuron]
        squares += torch.linalg.vector_norm(half, dim=(0, 1)).square()
        constants.addmm_(basis[:, x], half[:, 0])
        pairs = rearrange(half[:, 1 : 2 * K + 1], "x (freq part) neuron -> freq x (part neuron)", freq=K)
        waves.baddbmm_(rows[:, :, x], pairs)
    along_waves = rearrange(waves, "freq row (part neuron) -> freq row part neuron", part=2)
    along_constant = torch.stack(
        [constants[:1].expand(K, -1), constants[1 : 2 * K : 2], constants[2 : 2 * K + 1 : 2]], dim=1
    )
    spectra = NeuronSpectra(
        stage=stage,
        blocks=torch.cat([along_constant[:, :, None], along_waves], dim=2),
        energy=(squares - constants[0].square()).clamp_min(0),
        fraction_active=active / p**2,
    )
    kept = PreSums(
        rearrange(pre_sums, "(key part) neuron -> key part neuron", part=2),
        (pre_squares - pre_total.square() / p**2).clamp_min(0),
    )
    return Sweep(spectra, torch.cat(slab_logits) if logits else None, kept if pre_keys else None)
