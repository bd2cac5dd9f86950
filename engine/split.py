"""The train/test split: as stored, as told, or recognised by what the model knows better."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

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
    pairs = [(x, y) for x in range(p) for y in range(p)]
    random.Random(seed).shuffle(pairs)
    return _mask(p, np.array(pairs[:n_train], dtype=np.int64).reshape(-1, 2) @ np.array([p, 1]))


def randperm_split(p: int, seed: int, n_train: int) -> NDArray[np.bool_]:
    """`torch.manual_seed(seed); torch.randperm(p * p)[:n_train]`. [x, y]"""
    generator = torch.Generator().manual_seed(seed)
    return _mask(p, torch.randperm(p * p, generator=generator)[:n_train].numpy())


def _mask(p: int, indices: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(p * p, dtype=np.bool_)
    mask[indices] = True
    return mask.reshape(p, p)


def train_size(p: int, frac_train: float) -> int:
    """How many of the p^2 pairs a fraction is, rounded down as the paper's code does."""
    return int(frac_train * p * p)
