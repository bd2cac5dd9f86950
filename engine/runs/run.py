"""A run: a model's config and its series of checkpoints, whatever the container on disk."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnknownQuery, printable
from engine.networks.config import ModelConfig
from engine.networks.split import Split, train_size
from engine.networks.weights import Weights
from engine.runs.folder_snapshot import FolderSnapshot, PrefixDigest


@dataclass(frozen=True, eq=False)
class RecordedLosses:
    """The losses that the trainer wrote down, as it defined them; NaN where it wrote none."""

    epochs: NDArray[np.int64]
    train: NDArray[np.float64]
    test: NDArray[np.float64]
    source: PrefixDigest | None = None  # what they were read from, if it is a file that may go on
    left_out: tuple[str, ...] = ()  # sentences about what was recorded, but not in a way that tells of which epochs

    def at(self, epoch: int) -> tuple[float | None, float | None]:
        """(train, test) at one epoch; None where nothing was recorded."""
        index = int(np.searchsorted(self.epochs, epoch))
        if index == len(self.epochs) or self.epochs[index] != epoch:
            return None, None
        train, test = float(self.train[index]), float(self.test[index])
        return (None if np.isnan(train) else train), (None if np.isnan(test) else test)


@dataclass(frozen=True, eq=False, slots=True)
class Checkpoint:
    """One epoch's weights, read from disk when `load` is called; `file` where they have one of their own.

    The same object stands for the same weights: what is computed from them may be kept by it.
    """

    epoch: int
    load: Callable[[], Weights]
    file: str | None = None


def shorten_list(warnings: Sequence[str], most: int = 10) -> list[str]:
    """The first warnings, and how many more there are."""
    more = len(warnings) - most
    return [*warnings[:most], f"{more:,} more warnings like the last."] if more > 1 else list(warnings)


@dataclass(frozen=True, eq=False)
class Run:
    """What lies on disk, opened but not read: weights come checkpoint by checkpoint.

    `container` names the layout on disk; `training` is what its file records of the training, verbatim;
    `warnings` are sentences about what was skipped. Of a folder, `files` is what was seen in it when it was opened,
    and `left_out` the sentences among the warnings that are about a file which may only be half written.
    """

    name: str
    path: Path
    container: str
    config: ModelConfig
    checkpoints: tuple[Checkpoint, ...]  # ascending epochs, at least one
    losses: RecordedLosses | None = None
    split: Split | None = None
    training: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    files: FolderSnapshot = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Names from disk go into warnings; none of them may drive a terminal."""
        object.__setattr__(self, "warnings", tuple(map(printable, self.warnings)))

    @property
    def n_train(self) -> int | None:
        """How many pairs it was trained on, as far as its files say."""
        if self.split is not None:
            return self.split.n_train
        fraction = self.training.get("frac_train")
        return train_size(self.config.p, fraction) if isinstance(fraction, float) and 0 < fraction < 1 else None

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        return tuple(checkpoint.epoch for checkpoint in self.checkpoints)

    def checkpoint(self, epoch: int) -> Checkpoint:
        """The checkpoint at exactly this epoch.

        Raises:
            UnknownQuery: there is none; the sentence names its neighbours.
        """
        epochs = self.epochs
        index = bisect_left(epochs, epoch)
        if index < len(epochs) and epochs[index] == epoch:
            return self.checkpoints[index]
        near = " and ".join(f"{e:,}" for e in epochs[max(index - 1, 0) : index + 1])
        raise UnknownQuery(f"{self.name} has no checkpoint at epoch {epoch:,}; the nearest: {near}.")

    def weights(self, epoch: int) -> Weights:
        """The weights of the checkpoint at exactly this epoch, in their stored dtype.

        Raises:
            UnknownQuery: there is none.
            UnreadableRun: its file is damaged.
        """
        return self.checkpoint(epoch).load()
