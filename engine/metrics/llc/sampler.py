"""Stochastic gradient Langevin dynamics (SGLD) around a point, with the gradient of the whole loss.

Several chains are one batch. The loss is any function of a batch of weights: networks are one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.llc.settings import LlcSettings
from engine.networks.denormals import flushing_denormals

Values = NDArray[np.float64]


class BatchLoss(Protocol):
    """A loss and its gradient at several weights, a row each."""

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """[chain, parameter] -> the loss in float64 [chain], and its gradient [chain, parameter]"""
        ...


@dataclass(frozen=True, eq=False)
class Traces:
    """What the chains did, step by step, the burn-in first; NaN after all chains have diverged.

    `gradient_norm` and `noise_norm` are the norms of two terms of a step: eps/2 nbeta grad L, and sqrt(eps) N(0, 1).
    """

    loss_at_start: float  # L(w*)
    gradient_at_start: float  # the norm of grad L(w*)
    loss: Values  # [chain, step]: L(w) after the step
    distance: Values  # [chain, step]: ||w - w*|| after the step
    gradient_norm: Values  # [chain, step]
    noise_norm: Values  # [chain, step]


def draw_chains(
    loss: BatchLoss,
    w_star: Tensor,
    nbeta: float,
    settings: LlcSettings,
    on_step: Callable[[], None] = lambda: None,
) -> Traces:
    """Draw the chains from w* [parameter]; `on_step` is called after each step, and may raise to stop.

    Each chain has a random generator of its own, on the CPU: a chain does not depend on how many others there are.
    """
    generators = [_generator(settings.seed, chain) for chain in range(settings.chains)]
    with flushing_denormals():  # a confident network has tiny gradients, with which a CPU is several times slower
        return _draw(loss, w_star, nbeta, settings, generators, on_step)


def _draw(
    loss: BatchLoss,
    w_star: Tensor,
    nbeta: float,
    settings: LlcSettings,
    generators: Sequence[torch.Generator],
    on_step: Callable[[], None],
) -> Traces:
    eps = settings.step_size
    w = w_star.repeat(settings.chains, 1)
    losses, gradient = loss(w)
    traces = _empty_traces(float(losses[0]), float(torch.linalg.vector_norm(gradient[0].double())), settings)
    for step in range(settings.steps):
        noise = torch.stack([torch.randn(w.shape[1:], generator=each, dtype=w.dtype) for each in generators])
        noise = noise.to(w.device).mul_(sqrt(eps))
        descent = gradient * (eps / 2 * nbeta)
        w = w - descent - (w - w_star) * (eps / 2 * settings.gamma) + noise
        losses, gradient = loss(w)
        for values, column in (
            (traces.loss, losses),
            (traces.distance, torch.linalg.vector_norm(w - w_star, dim=1)),
            (traces.gradient_norm, torch.linalg.vector_norm(descent, dim=1)),
            (traces.noise_norm, torch.linalg.vector_norm(noise, dim=1)),
        ):
            values[:, step] = column.double().cpu().numpy()
        on_step()
        if not np.isfinite(traces.loss[:, step]).any():
            break
    return traces


def _empty_traces(loss_at_start: float, gradient_at_start: float, settings: LlcSettings) -> Traces:
    shape = settings.chains, settings.steps
    return Traces(loss_at_start, gradient_at_start, *(np.full(shape, np.nan) for _ in range(4)))


def _generator(seed: int, chain: int) -> torch.Generator:
    words = np.random.SeedSequence([seed, chain]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(words[0] >> np.uint64(1)))
