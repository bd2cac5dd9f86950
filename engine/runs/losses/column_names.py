"""The names under which people record losses, accuracies and epochs: `train/loss`, `val_acc`, `_step`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Series = Literal["train", "test", "train_accuracy", "test_accuracy"]  # fields of RecordedLosses
SERIES: tuple[Series, ...] = ("train", "test", "train_accuracy", "test_accuracy")

# The preferred name first: of `test_loss` and `val_loss` in one file, `test_loss` is read.
_TRAIN = ("train", "training", "tr")
_TEST = ("test", "testing", "val", "valid", "validation", "eval", "evaluation", "dev")
# The longer of two alternatives first: `train` must not match as `tr` and `ain`.
_SPLIT = f"(?P<split>{'|'.join(sorted((*_TRAIN, *_TEST), key=len, reverse=True))})"
_LOSS = "crossentropyloss|crossentropy|losses|loss|nll|xent|ce"
_ACCURACY = "accuracies|accuracy|accs|acc"
_QUANTITY = f"(?:(?P<loss>{_LOSS})|(?P<accuracy>{_ACCURACY}))"
_PADDING = "(?:avg|average|mean|epoch|all|history|list|curve|values|nats)?"
_WITH_SPLIT = tuple(
    re.compile(f"{_PADDING}{order}{_PADDING}")
    for order in (_SPLIT + _PADDING + _QUANTITY, _QUANTITY + _PADDING + _SPLIT)
)
_WITHOUT_SPLIT = re.compile(f"(?:(?P<loss>losses|loss|nll)|(?P<accuracy>accuracy|acc)){_PADDING}")

# Names of epochs, the preferred one first.
_EPOCHS = (
    *("epoch", "epochs", "step", "steps", "globalstep", "globalsteps", "trainerglobalstep"),
    *("iteration", "iterations", "iter", "iters", "update", "updates"),
)
# A column that names the split of each row.
_SPLIT_COLUMNS = ("split", "phase", "mode", "stage", "subset", "set", "dataset")
_MAX_LENGTH = 200
# A part of a name that groups columns: `history/train_loss`.
_GROUPS = frozenset(
    ("history", "loghistory", "log", "logs", "loss", "losses", "metrics", "metadata", "results", "stats")
)


@dataclass(frozen=True)
class ColumnName:
    """What a column records; of two columns of one series, the one of the lower rank is preferred."""

    series: Series
    rank: int


def parse_column(name: str) -> ColumnName | None:
    """The series that a column records; None if its name is not recognised.

    A name without a split is of the train pairs, as in the logs of Keras and of Hugging Face's trainer.

    >>> parse_column("train/loss"), parse_column("valAcc")
    (ColumnName(series='train', rank=0), ColumnName(series='test_accuracy', rank=2))
    >>> parse_column("history/loss"), parse_column("weight_norm")
    (ColumnName(series='train', rank=3), None)
    """
    for plain in _readings(name):
        for pattern in _WITH_SPLIT:
            if match := pattern.fullmatch(plain):
                is_loss, split = match["loss"] is not None, match["split"]
                if split in _TRAIN:
                    return ColumnName("train" if is_loss else "train_accuracy", _TRAIN.index(split))
                return ColumnName("test" if is_loss else "test_accuracy", _TEST.index(split))
        if match := _WITHOUT_SPLIT.fullmatch(plain):
            return ColumnName("train" if match["loss"] is not None else "train_accuracy", len(_TRAIN))
    return None


def epoch_rank(name: str) -> int | None:
    """The place of a column among those that may hold epochs, 0 for the preferred; None if it is none of them.

    >>> epoch_rank("Epoch"), epoch_rank("_step"), epoch_rank("loss")
    (0, 2, None)
    """
    return next((_EPOCHS.index(plain) for plain in _readings(name) if plain in _EPOCHS), None)


def is_split_column(name: str) -> bool:
    """Whether a column of this name tells which pairs the losses of its rows are of.

    >>> is_split_column("Split"), is_split_column("loss")
    (True, False)
    """
    return _letters(name) in _SPLIT_COLUMNS


def lacks_split(name: str) -> bool:
    """Whether a column is of losses or accuracies of pairs that it does not name.

    >>> lacks_split("loss"), lacks_split("train_loss"), lacks_split("epoch")
    (True, False, False)
    """
    return (parsed := parse_column(name)) is not None and parsed.rank == len(_TRAIN)


def is_group(name: str) -> bool:
    """Whether a dict of this name contains columns: `history`, or the columns of a split, `train`.

    >>> is_group("history"), is_group("Train"), is_group("optimizer")
    (True, True, False)
    """
    return _letters(name) in _GROUPS or _letters(name) in (*_TRAIN, *_TEST)


def _readings(name: str) -> Iterator[str]:
    """A name in lower case without separators: whole, then without the groups it begins with."""
    parts = list(map(_letters, name.split("/"))) if len(name) <= _MAX_LENGTH else []
    yield "".join(parts)
    while len(parts) > 1 and parts[0] in _GROUPS:
        del parts[0]
        yield "".join(parts)


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name[:_MAX_LENGTH].lower())
