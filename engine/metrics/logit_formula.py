"""The logit formula: `sum_k c_k cos w_k(s - z)`, fitted to the logits."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import einsum

from engine.metrics.logit_sums import LogitSums
from engine.networks.fourier import sum_waves


def logit_formula(sums: LogitSums, keys: Sequence[int]) -> tuple[dict[int, float], float | None]:
    """Fit the logits by `sum_k c_k cos w_k(s - z)`: s is the answer to (x, y), w_k = 2 pi k / p.

    A least-squares fit in float64 to all p^3 logits around their one mean. The cosines are orthogonal to each other and
    to constants, so each c_k is one projection. The paper fits the same formula (Nanda et al. 2023, section 4).

    Returns:
        {k: c_k}, and the fraction of variance explained; that is None if the logits do not vary.
    """
    p, rows = sums.p, [k - 1 for k in keys]
    mean_square = {k: 1.0 if 2 * k == p else 0.5 for k in keys}  # of cos w_k(s - z) over the p^3 (x, y, z)
    # [key, part, z]: cos w_k z and sin w_k z, divided by p and by the root of the mean square
    waves = sum_waves(p, torch.float64, sums.mean.device)[rows]
    # the sum of logit times cos w_k(s - z) over the p^3 (x, y, z), divided by the mean square
    products = einsum(sums.coefficients(keys), waves, "key part z, key part z -> key") * p**2
    coefficients = {k: product / p**3 for k, product in zip(keys, products.tolist(), strict=True)}
    around_one_mean = p**2 * (sums.mean - sums.mean.mean()).square().sum()
    total = (sums.squares.sum() + around_one_mean).item()
    explained = sum(c * c * mean_square[k] for k, c in coefficients.items()) * p**3
    return coefficients, explained / total if sums.any_variation else None
