"""The train/test split: as stored, as told, or recognised by what the model knows better."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.caching import ByteLimitedCache
from engine.networks.config import InvalidConfig, is_token_id

SplitSource = Literal["file", "option", "random.seed", "torch.randperm"]


@dataclass(frozen=True, eq=False)
class Split:
    """Which of the p^2 pairs the model was trained on.

    `source` says how it is known: stored in the run's file, told by the user, or recognised as made by one of the
    two recipes in use.
    """

    train: NDArray[np.bool_]  # [x, y]
    source: SplitSource
    seed: int | None = None

    @property
    def n_train(self) -> int:
        return int(self.train.sum())


def random_seed_split(p: int, seed: int, n_train: int) -> NDArray[np.bool_]:
    """`random.seed(seed); random.shuffle(pairs)`, the first `n_train`: the paper's recipe. [x, y]"""
    return _mask(p, _random_seed_order(p, seed)[:n_train])


def randperm_split(p: int, seed: int, n_train: int) -> NDArray[np.bool_]:
    """`torch.manual_seed(seed); torch.randperm(p * p)[:n_train]`. [x, y]"""
    return _mask(p, _randperm_order(p, seed)[:n_train])


def _shuffled(p: int, seed: int) -> NDArray[np.int32]:
    pairs = list(range(p * p))  # shuffling looks at places only: indices x * p + y move as pairs would
    random.Random(seed).shuffle(pairs)
    return np.array(pairs, dtype=np.int32)


# Shuffling is most of the time that a search takes: for the usual p this is one search's worth.
_random_seed_order = ByteLimitedCache(_shuffled, 8 << 20)


def _randperm_order(p: int, seed: int) -> NDArray[np.int32]:
    return torch.randperm(p * p, generator=torch.Generator().manual_seed(seed)).numpy().astype(np.int32)


_RECIPES: dict[Literal["random.seed", "torch.randperm"], Callable[[int, int], NDArray[np.int32]]] = {
    "random.seed": _random_seed_order,
    "torch.randperm": _randperm_order,
}


def _mask(p: int, indices: NDArray[np.int32]) -> NDArray[np.bool_]:
    mask = np.zeros(p * p, dtype=np.bool_)
    mask[indices] = True
    return mask.reshape(p, p)


def train_size(p: int, frac_train: float) -> int:
    """How many of the p^2 pairs a fraction is, rounded down as the paper's code does."""
    return int(frac_train * (p * p))


# Recognition ----------------------------------------------------------------------------------------------------

# Usual training fractions, the paper's first.
_FRACTIONS = (0.3, 0.25, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.2, 0.75, 0.9)
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
    recipe: Literal["random.seed", "torch.randperm"]
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
        for recipe, order_of in _RECIPES.items():
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
    mask = _mask(p, _RECIPES[candidate.recipe](p, candidate.seed)[: candidate.n_train])
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


def parse_split(text: str, p: int, n_train: int | None = None) -> Split:
    """Read `random.seed:0`, `torch.randperm:2`, or with a fraction to train on `random.seed:0:0.4`.

    Without a fraction it is of `n_train` pairs, or of 30% where that is not known either.

    Raises:
        InvalidConfig: anything else, or a fraction that leaves one part empty.
    """
    recipe, _, rest = text.partition(":")
    seed, _, fraction = rest.partition(":")
    try:
        size = train_size(p, float(fraction or _FRACTIONS[0])) if fraction or n_train is None else n_train
    except (ValueError, OverflowError):
        size = 0
    if recipe not in _RECIPES or not is_token_id(seed) or int(seed) >= 2**63 or not 0 < size < p * p:
        raise InvalidConfig(
            "A split is random.seed:SEED or torch.randperm:SEED, either with :FRACTION between 0 and 1; "
            f"found {text!r}."
        )
    return Split(_mask(p, _RECIPES[recipe](p, int(seed))[:size]), "option", int(seed))
