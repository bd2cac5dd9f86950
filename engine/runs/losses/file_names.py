"""Where people keep the losses of a run: files with the usual names, beside its checkpoints or one folder above."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress

# The preferred name and format first.
_STEMS = (
    *("losses", "loss", "metrics", "metric", "history", "hist", "training", "train", "log", "logs"),
    *("curves", "progress", "scalars", "stats", "results"),
)
_SUFFIXES = ("csv", "tsv", "jsonl", "ndjson", "json")
_NAME = re.compile(
    f"(?:(?:training|train|grokking|run)[-_])?(?P<stem>{'|'.join(_STEMS)})[.](?P<suffix>{'|'.join(_SUFFIXES)})",
    re.IGNORECASE,
)
_TRAINER_STATE = "trainer_state.json"  # of Hugging Face's trainer
# Folders that contain only checkpoints: the losses lie one above.
_CHECKPOINT_FOLDERS = ("checkpoints", "checkpoint", "ckpts", "ckpt", "models", "weights")
_LIGHTNING = re.compile(r"version_\d+")


def find_loss_files(folder: str) -> list[str]:
    """The paths of files that may record the losses of the run in a folder, the preferred one first.

    Of Lightning's logs in `lightning_logs/version_N`, only those of a single version belong to the run for certain.

    Raises:
        OSError: the folder cannot be listed.
    """
    found = [*_in_folder(folder)]
    above, name = os.path.split(os.path.abspath(folder))  # noqa: PTH100
    with suppress(OSError):  # a folder above, or of another program
        if name.lower() in _CHECKPOINT_FOLDERS:
            found += _in_folder(above)
    with suppress(OSError):
        logs = os.path.join(folder, "lightning_logs")  # noqa: PTH118
        versions = [entry.path for entry in os.scandir(logs) if _LIGHTNING.fullmatch(entry.name)]
        if len(versions) == 1:
            found += _in_folder(versions[0])
    return found


def _in_folder(folder: str) -> Iterator[str]:
    with os.scandir(folder) as listing:
        names = [(place, entry.path) for entry in listing if (place := _place(entry.name)) is not None]
    return (path for _, path in sorted(names))


def _place(name: str) -> tuple[int, int] | None:
    """The place of a file among those with usual names, 0 first; None if it has another name."""
    if name == _TRAINER_STATE:
        return len(_STEMS), 0
    match = _NAME.fullmatch(name)
    return match and (_STEMS.index(match["stem"].lower()), _SUFFIXES.index(match["suffix"].lower()))
