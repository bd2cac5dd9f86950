"""Recognise the train/test split of a checkpoint from the pairs on which it has the lower loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.networks.split import DEFAULT_FRACTION, RECIPES, Recipe, Split, split_mask, train_size

# Usual training fractions, the paper's first.
_FRACTIONS = (DEFAULT_FRACTION, 0.25, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.2, 0.75, 0.9)
# Seeds in use beyond the first hundred; 598 is that of the TransformerLens demonstration.
_MORE_SEEDS = (123, 598, 999, 1234, 1337, 2022, 2023, 2024, 2025, 12345)
# A recorded loss is that of the weights a step before, over one logit more, or of weights not yet rounded.
_AGREES = 1e-2
_CHANCE = 1e-3
_STANDS_OUT, _DECISIVE = 6.0, 10.0
# How far (twice the log-likelihood) a usual size may lie below the best one.
_SIZE_SLACK = 16.0


@dataclass(frozen=True)
class _Candidate:
    recipe: Recipe
    seed: int
    n_train: int


def recognise_split(
    loss: NDArray[np.float64],
    recorded: tuple[float | None, float | None] = (None, None),
    *,
    n_train: int | None = None,
    max_seed: int = 100,
) -> Split | None:
    """Which recipe and seed a checkpoint was trained with, by what it knows better; None where nothing tells.

    `loss` is the cross-entropy per pair, `recorded` the trainer's (train, test) loss of that checkpoint, `n_train`
    the size of the training set where it is known. Both recipes are tried with seeds 0 to `max_seed - 1` and a few
    more, at the usual fractions. One is accepted where

    - log-loss inside is lower than outside by more than 6 standard errors (chance gives that once in 10^9 tries;
      some 2,400 are made), and a usual size explains it as well as any other would; or
    - the mean losses inside and outside are the recorded ones within 1%, and a random split of that size would
      come as close with a chance below 1 in 1,000, all tries counted together,

    and no other seed is accepted too. Recognise with the last checkpoint: the gap is widest after memorisation.
    """
    p = len(loss)
    if not np.isfinite(loss).all():
        return None
    flat = np.maximum(loss.ravel(), 1e-18)
    log_loss = np.log(flat)
    sizes = _sizes(p, n_train)
    seeds = (*range(max_seed), *(seed for seed in _MORE_SEEDS if seed >= max_seed))
    tries = 2 * len(seeds) * len(sizes)
    accepted: list[_Candidate] = []
    for seed in seeds:
        for recipe, order_of in RECIPES.items():
            order = order_of(p, seed)
            n, z = _best_size(log_loss[order], sizes, known=n_train is not None)
            if z > _DECISIVE:
                return _split(p, _Candidate(recipe, seed, n))
            if z > _STANDS_OUT:
                accepted.append(_Candidate(recipe, seed, n))
            elif (matched := _matching_size(flat[order], recorded, sizes, tries)) is not None:
                accepted.append(_Candidate(recipe, seed, matched))
    return _split(p, accepted[0]) if len(accepted) == 1 else None


def _split(p: int, candidate: _Candidate) -> Split:
    mask = split_mask(p, RECIPES[candidate.recipe](p, candidate.seed)[: candidate.n_train])
    return Split(mask, candidate.recipe, candidate.seed)


def _sizes(p: int, n_train: int | None) -> NDArray[np.int64]:
    found = [n_train] if n_train is not None else [train_size(p, fraction) for fraction in _FRACTIONS]
    return np.array([n for n in found if 0 < n < p * p], dtype=np.int64)


def _best_size(log_loss: NDArray[np.float64], sizes: NDArray[np.int64], known: bool) -> tuple[int, float]:
    """The size among `sizes` that splits an order of pairs best, and by how many standard errors.

    Unless the size is known, every size is scanned: where an unusual one explains the gap far better, none fits.
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
    if not known and float(z.max()) ** 2 - at_best**2 > _SIZE_SLACK:
        return 0, 0.0
    return best, at_best


def _matching_size(
    loss: NDArray[np.float64], recorded: tuple[float | None, float | None], sizes: NDArray[np.int64], tries: int
) -> int | None:
    """The size at which both mean losses are the recorded ones, closer than a random order would come."""
    train, test = recorded
    if train is None or test is None or train <= 0 or test <= 0:
        return None
    n_pairs, total, spread = len(loss), float(loss.sum()), float(loss.std())
    sums = np.cumsum(loss)
    for n in sizes:
        inside, outside = float(sums[n - 1]) / n, (total - float(sums[n - 1])) / (n_pairs - n)
        off = max(abs(inside - train) / train, abs(outside - test) / test, 1e-9)
        deviation = spread * math.sqrt((1 - n / n_pairs) / n)  # of the mean of n pairs drawn at random
        if off > _AGREES or deviation == 0:
            continue
        low, high = ((train * (1 + side * off) - total / n_pairs) / deviation for side in (-1, 1))
        if tries * (_normal_cdf(high) - _normal_cdf(low)) < _CHANCE:
            return int(n)
    return None


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
