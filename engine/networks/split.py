"""The train/test split, and the recipes that produce one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.caching import ByteLimitedCache
from engine.networks.config import InvalidConfig, is_token_id

Recipe = Literal["random.seed", "torch.randperm"]
SplitSource = Literal["file", "option", "random.seed", "torch.randperm"]
# The training fraction of the paper and the study.
DEFAULT_FRACTION = 0.3


@dataclass(frozen=True, eq=False)
class Split:
    """Which of the p^2 pairs the network was trained on.

    `source` is "file" if the run's file stores the split, "option" if it was given explicitly, and the name of the
    recipe if it was inferred from the losses.
    """

    train: NDArray[np.bool_]  # [x, y]
    source: SplitSource
    seed: int | None = None

    @property
    def n_train(self) -> int:
        """Number of training pairs."""
        return int(self.train.sum())

    @cached_property
    def pairs(self) -> tuple[Tensor, Tensor]:
        """The indices `p x + y` of the train pairs, and of the test pairs, ascending. [train pair], [test pair]"""
        train = torch.from_numpy(self.train.reshape(-1))
        return torch.nonzero(train)[:, 0], torch.nonzero(~train)[:, 0]


def random_seed_split(p: int, seed: int, n_train: int) -> NDArray[np.bool_]:
    """The first `n_train` pairs of `random.seed(seed); random.shuffle(pairs)`: the paper's recipe. [x, y]"""
    return split_mask(p, _random_seed_order(p, seed)[:n_train])


def randperm_split(p: int, seed: int, n_train: int) -> NDArray[np.bool_]:
    """`torch.manual_seed(seed); torch.randperm(p * p)[:n_train]`. [x, y]"""
    return split_mask(p, _randperm_order(p, seed)[:n_train])


def _shuffled(p: int, seed: int) -> NDArray[np.int32]:
    pairs = list(range(p * p))  # shuffle depends on positions only, so indices x * p + y stand for the pairs
    random.Random(seed).shuffle(pairs)
    return np.array(pairs, dtype=np.int32)


# Shuffling dominates the time of split inference. For the usual p this holds the orders of one search.
_random_seed_order = ByteLimitedCache(_shuffled, max_bytes=8 << 20)


def _randperm_order(p: int, seed: int) -> NDArray[np.int32]:
    return torch.randperm(p * p, generator=torch.Generator().manual_seed(seed)).numpy().astype(np.int32)


RECIPES: dict[Recipe, Callable[[int, int], NDArray[np.int32]]] = {
    "random.seed": _random_seed_order,
    "torch.randperm": _randperm_order,
}


def split_mask(p: int, indices: NDArray[np.int32]) -> NDArray[np.bool_]:
    """The training pairs, given as indices x * p + y, as a mask. [x, y]"""
    mask = np.zeros(p * p, dtype=np.bool_)
    mask[indices] = True
    return mask.reshape(p, p)


def train_size(p: int, frac_train: float) -> int:
    """The number of training pairs for a fraction of the p^2 pairs, rounded down as in the paper's code."""
    return int(frac_train * (p * p))


def parse_split(text: str, p: int, n_train: int | None = None) -> Split:
    """Parse `random.seed:0`, `torch.randperm:2`, or with the training fraction `random.seed:0:0.4`.

    Without a fraction, the size is `n_train` pairs, or 30% if that is None.

    Raises:
        InvalidConfig: the text does not parse, or the fraction leaves the train or test part empty.
    """
    recipe, _, seed_and_fraction = text.partition(":")
    seed, _, fraction = seed_and_fraction.partition(":")
    try:
        size = train_size(p, float(fraction or DEFAULT_FRACTION)) if fraction or n_train is None else n_train
    except (ValueError, OverflowError):
        size = 0
    if recipe not in RECIPES or not is_token_id(seed) or int(seed) >= 2**63 or not 0 < size < p * p:
        raise InvalidConfig(
            "A split is random.seed:SEED or torch.randperm:SEED, optionally with :FRACTION between 0 and 1, "
            f"for example --split random.seed:0:0.3; found {text!r}."
        )
    return Split(split_mask(p, RECIPES[recipe](p, int(seed))[:size]), "option", int(seed))
