"""A run: the config of a model and its checkpoints, independent of the format on disk."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.errors import UnknownQuery, printable
from engine.networks.layers import with_shown_layer
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.split import Split, train_size
from engine.networks.training_config import Loss
from engine.runs.folder_snapshot import FolderSnapshot, PrefixDigest
from engine.runs.unknown_config import UnknownConfig
from engine.state_dicts.model_reading import ModelReading


@dataclass(frozen=True, eq=False)
class RecordedLosses:
    """The losses (nats) and accuracies (fractions) that the trainer recorded, by its own definition; NaN if absent.

    `source` names the files and columns that they were read from. `loss` is the loss that a native run minimised; other
    trainers' is taken for cross-entropy. `digest` identifies the content of a file that may
    be appended to.
    """

    epochs: NDArray[np.int64]
    train: NDArray[np.float64]
    test: NDArray[np.float64]
    train_accuracy: NDArray[np.float64] | None = None
    test_accuracy: NDArray[np.float64] | None = None
    source: str = ""
    digest: PrefixDigest | None = None
    loss: Loss = "cross-entropy"

    def at(self, epoch: int) -> tuple[float | None, float | None]:
        """(train, test) loss at one epoch; None if not recorded."""
        return self._value(self.train, epoch), self._value(self.test, epoch)

    def accuracy_at(self, epoch: int) -> tuple[float | None, float | None]:
        """(train, test) accuracy at one epoch; None if not recorded."""
        return self._value(self.train_accuracy, epoch), self._value(self.test_accuracy, epoch)

    def _value(self, series: NDArray[np.float64] | None, epoch: int) -> float | None:
        index = int(np.searchsorted(self.epochs, epoch))
        if series is None or index == len(self.epochs) or self.epochs[index] != epoch:
            return None
        return none_if_nan(series[index])


@dataclass(frozen=True, eq=False, slots=True)
class Checkpoint:
    """The weights of one epoch, read from disk by `load`; `file` is their own file, if they have one.

    One object always has the same weights, so results computed from them can be cached by it.
    """

    epoch: int
    load: Callable[[], NetworkWeights]
    file: str | None = None


def shorten_list(warnings: Sequence[str], limit: int = 10) -> list[str]:
    """The first warnings, and how many more there are."""
    more = len(warnings) - limit
    return [*warnings[:limit], f"{more:,} more warnings of this kind."] if more > 1 else list(warnings)


@dataclass(frozen=True, eq=False)
class Run:
    """An open run. Weights are read lazily, checkpoint by checkpoint.

    `container` names the format on disk, `training` has the training settings as recorded, `warnings` tell what was
    skipped. For a folder, `files` is its snapshot at opening, and `unreadable` maps files that could not be read to
    their warnings: such a file may still be incomplete. `settings_files` are the paths of files beside the checkpoints
    that `training` comes from. For a run that lies elsewhere, `address` is where, and `path`
    its local mirror.
    """

    name: str
    path: Path
    container: str
    config: NetworkConfig
    checkpoints: tuple[Checkpoint, ...]  # ascending epochs, at least one; without weights those of the losses
    losses: RecordedLosses | None = None
    split: Split | None = None
    training: Mapping[str, object] = field(default_factory=dict)
    reading: ModelReading | None = None  # how a foreign file is read; a native run records its config
    warnings: tuple[str, ...] = ()
    files: FolderSnapshot = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    settings_files: tuple[str, ...] = ()
    address: str | None = None

    def __post_init__(self) -> None:
        """Escape control characters: warnings contain file names."""
        object.__setattr__(self, "warnings", tuple(map(printable, self.warnings)))

    @property
    def has_weights(self) -> bool:
        """Whether there are checkpoints; without any, only the losses are known, and `config` is not."""
        return not isinstance(self.config, UnknownConfig)

    @property
    def inferred(self) -> tuple[str, ...]:
        """The settings that the shapes or the behaviour of the network determine (`ModelReading`)."""
        return () if self.reading is None else self.reading.inferred

    @property
    def assumed(self) -> tuple[str, ...]:
        """The settings that nothing determines: defaults."""
        return () if self.reading is None else self.reading.assumed

    @property
    def location(self) -> str:
        """Where the run lies: its address, or its absolute path."""
        return self.address or str(self.path.absolute())

    @property
    def n_train(self) -> int | None:
        """The number of training pairs, from the split or the recorded fraction; None if neither is recorded."""
        if self.split is not None:
            return self.split.n_train
        from engine.state_dicts.recorded_settings import recorded_train_fraction

        fraction = recorded_train_fraction(self.training)
        return None if fraction is None else train_size(self.config.p, fraction)

    def at_layer(self, layer: int) -> Run:
        """The run with the neurons of another layer of its network on show."""
        config = with_shown_layer(self.config, layer)
        reading = None if self.reading is None else replace(self.reading, config=config)
        return replace(self, config=config, reading=reading)

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        return tuple(checkpoint.epoch for checkpoint in self.checkpoints)

    def checkpoint(self, epoch: int) -> Checkpoint:
        """The checkpoint at exactly this epoch.

        Raises:
            UnknownQuery: there is none; the message names the nearest epochs.
        """
        epochs = self.epochs
        index = bisect_left(epochs, epoch)
        if index < len(epochs) and epochs[index] == epoch:
            return self.checkpoints[index]
        near = " and ".join(f"{neighbour:,}" for neighbour in epochs[max(index - 1, 0) : index + 1])
        raise UnknownQuery(f"{self.name} has no checkpoint at epoch {epoch:,}; nearest: {near}.")

    def weights(self, epoch: int) -> NetworkWeights:
        """The weights of the checkpoint at exactly this epoch, in their stored dtype.

        Raises:
            UnknownQuery: there is none.
            UnreadableRun: its file is damaged.
        """
        return self.checkpoint(epoch).load()
