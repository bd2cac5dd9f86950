"""Infer the train/test split of a checkpoint from the loss on each pair."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.networks.split import DEFAULT_FRACTION, RECIPES, Recipe, Split, split_mask, train_size

# Common training fractions, the paper's first.
_FRACTIONS = (DEFAULT_FRACTION, 0.25, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.2, 0.75, 0.9)
# Common seeds above 100; 598 is the seed of the TransformerLens demo.
_MORE_SEEDS = (123, 598, 999, 1234, 1337, 2022, 2023, 2024, 2025, 12345)
# Relative tolerance between a recorded loss and ours: trainers may record the loss of the step before, over one more
# logit, or before the weights were rounded.
_TOLERANCE = 1e-2
# The largest accepted probability that a random split agrees as well, over all candidates together.
_MAX_CHANCE = 1e-3
# Standard errors between the mean log-loss of train and test pairs: to accept a candidate, and to accept it at once.
_ACCEPTED_Z, _DECISIVE_Z = 6.0, 10.0
# How much worse than the best size (in twice the log-likelihood) a common size may be.
_SIZE_SLACK = 16.0


@dataclass(frozen=True)
class _Candidate:
    recipe: Recipe
    seed: int
    n_train: int


def infer_split(
    loss: NDArray[np.float64],
    recorded: tuple[float | None, float | None] = (None, None),
    *,
    n_train: int | None = None,
    max_seed: int = 100,
) -> Split | None:
    """Infer the recipe and the seed that a checkpoint was trained with; None if the losses are not conclusive.

    Tries both recipes with seeds 0 to `max_seed - 1` and a few more, at the common training fractions. A candidate is
    accepted if

    - the mean log-loss of its train pairs is lower than that of its test pairs by more than 6 standard errors (by
      chance once in 10^9 candidates; about 2,400 are tried), and a common size explains the gap as well as any other
      size; or
    - its mean train and test losses agree with the recorded ones within 1%, and the probability that a random split of
      that size agrees as well is below 1 in 1,000 over all candidates together.

    The split is inferred if exactly one candidate is accepted. Use the last checkpoint: the gap between train and test
    loss is widest after memorisation.

    Args:
        loss: cross-entropy (nats) of each pair. [x, y]
        recorded: the (train, test) loss that the trainer recorded at that checkpoint.
        n_train: the number of train pairs, if it is known.
        max_seed: the number of consecutive seeds to try.
    """
    p = len(loss)
    if not np.isfinite(loss).all():
        return None
    flat = np.maximum(loss.ravel(), 1e-18)
    log_loss = np.log(flat)
    sizes = _sizes(p, n_train)
    seeds = (*range(max_seed), *(seed for seed in _MORE_SEEDS if seed >= max_seed))
    n_candidates = 2 * len(seeds) * len(sizes)
    accepted: list[_Candidate] = []
    for seed in seeds:
        for recipe, order_of in RECIPES.items():
            order = order_of(p, seed)
            n, z = _best_size(log_loss[order], sizes, size_known=n_train is not None)
            if z > _DECISIVE_Z:
                return _split(p, _Candidate(recipe, seed, n))
            if z > _ACCEPTED_Z:
                accepted.append(_Candidate(recipe, seed, n))
            elif (matched := _matching_size(flat[order], recorded, sizes, n_candidates)) is not None:
                accepted.append(_Candidate(recipe, seed, matched))
    return _split(p, accepted[0]) if len(accepted) == 1 else None


def _split(p: int, candidate: _Candidate) -> Split:
    mask = split_mask(p, RECIPES[candidate.recipe](p, candidate.seed)[: candidate.n_train])
    return Split(mask, candidate.recipe, candidate.seed)


def _sizes(p: int, n_train: int | None) -> NDArray[np.int64]:
    sizes = [n_train] if n_train is not None else [train_size(p, fraction) for fraction in _FRACTIONS]
    return np.array([n for n in sizes if 0 < n < p * p], dtype=np.int64)


def _best_size(log_loss: NDArray[np.float64], sizes: NDArray[np.int64], size_known: bool) -> tuple[int, float]:
    """The size among `sizes` that best splits pairs in a given order, and the gap in standard errors.

    Unless the size is known, all sizes are scanned: if an uncommon size explains the gap far better, no size fits
    (0, 0.0).
    """
    n_pairs = len(log_loss)
    n = np.arange(1, n_pairs)
    centred = log_loss - log_loss.mean()
    spread = float(centred.std())
    if spread == 0 or not len(sizes):
        return 0, 0.0
    z = -np.cumsum(centred)[:-1] / (spread * np.sqrt(n * (n_pairs - n) / n_pairs))
    best = int(sizes[np.argmax(z[sizes - 1])])
    at_best = float(z[best - 1])
    if not size_known and float(z.max()) ** 2 - at_best**2 > _SIZE_SLACK:
        return 0, 0.0
    return best, at_best


def _matching_size(
    loss: NDArray[np.float64], recorded: tuple[float | None, float | None], sizes: NDArray[np.int64], n_candidates: int
) -> int | None:
    """The size at which both mean losses agree with the recorded ones, unless a random order would agree as well."""
    train, test = recorded
    if train is None or test is None or not 0 < train < math.inf or not 0 < test < math.inf:
        return None
    n_pairs, total, spread = len(loss), float(loss.sum()), float(loss.std())
    sums = np.cumsum(loss)
    for n in sizes:
        inside, outside = float(sums[n - 1]) / n, (total - float(sums[n - 1])) / (n_pairs - n)
        error = max(abs(inside - train) / train, abs(outside - test) / test, 1e-9)
        deviation = spread * math.sqrt((1 - n / n_pairs) / n)  # standard error of the mean of n random pairs
        if error > _TOLERANCE or deviation == 0:
            continue
        low, high = ((train * (1 + side * error) - total / n_pairs) / deviation for side in (-1, 1))
        if n_candidates * (_normal_cdf(high) - _normal_cdf(low)) < _MAX_CHANCE:
            return int(n)
    return None


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
