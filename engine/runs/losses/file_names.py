"""Where people keep the losses of a run: files with the usual names, beside its checkpoints or one folder above."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress

from engine.runs.checkpoint_listing import is_checkpoint_folder
from engine.runs.losses.column_names import is_group

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
_LIGHTNING = re.compile(r"version_\d+")
_EVENTS = "events.out.tfevents."
_EVENT_FOLDERS = ("tensorboard", "tensorboard_logs", "tb", "tb_logs", "logs", "log", "runs", "events", "summaries")


def find_loss_files(folder: str) -> list[str]:
    """The paths of files that may record the losses of the run in a folder, the preferred one first.

    Raises:
        OSError: the folder cannot be listed.
    """
    found = [*_in_folder(folder)]
    for other in (*_above(folder), *_lightning_logs(folder)):
        with suppress(OSError):  # it belongs to another program
            found += _in_folder(other)
    return found


def find_event_files(folder: str) -> list[list[str]]:
    """The paths of TensorBoard event files that may record the losses of a run; a list for each folder of them.

    Such a list includes those of the splits in folders of their own, as Keras writes them.

    Raises:
        OSError: the folder cannot be listed.
    """
    found = [_events(_listing(folder))]
    above = _above(folder)
    logs = (os.path.join(root, name) for root in (folder, *above) for name in _EVENT_FOLDERS)  # noqa: PTH118
    for other in (*above, *_lightning_logs(folder), *logs):
        with suppress(OSError):
            listing = _listing(other)
            if len(listing) == 1 and listing[0].is_dir() and not is_group(listing[0].name):
                listing = _listing(listing[0].path)  # of the only run in a folder of runs
            found.append(_events(listing))
    return [files for files in found if files]


def shown_name(path: str, folder: str) -> str:
    """The name of a file for the user: its path in the run, without the folder of checkpoints.

    >>> shown_name("run/logs/metrics.csv", "run"), shown_name("run/metrics.csv", "run/checkpoints")
    ('logs/metrics.csv', 'metrics.csv')
    """
    return os.path.relpath(path, folder).removeprefix(f"{os.pardir}{os.sep}")


def _above(folder: str) -> list[str]:
    """The folder above, if this one contains checkpoints only."""
    above, name = os.path.split(os.path.abspath(folder))  # noqa: PTH100
    return [above] if is_checkpoint_folder(name) else []


def _lightning_logs(folder: str) -> list[str]:
    """The only version in Lightning's `lightning_logs/version_N`; of several none belongs to the run for certain."""
    found = []
    for root in (folder, *_above(folder)):
        with suppress(OSError):
            logs = _listing(os.path.join(root, "lightning_logs"))  # noqa: PTH118
            versions = [entry.path for entry in logs if _LIGHTNING.fullmatch(entry.name)]
            found += versions if len(versions) == 1 else []
    return found


def _events(listing: list[os.DirEntry[str]]) -> list[str]:
    """The event files of a folder and of the folders of splits in it, in order of their names: of their time."""
    found = sorted(entry.path for entry in listing if entry.name.startswith(_EVENTS))
    for entry in sorted(listing, key=lambda entry: entry.name):
        if not entry.is_file(follow_symlinks=False) and is_group(entry.name):
            with suppress(OSError):  # a link to a file, or to itself
                found += sorted(file.path for file in _listing(entry.path) if file.name.startswith(_EVENTS))
    return found


def _listing(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        return list(listing)


def _in_folder(folder: str) -> Iterator[str]:
    names = [(place, entry.path) for entry in _listing(folder) if (place := _place(entry.name)) is not None]
    return (path for _, path in sorted(names))


def _place(name: str) -> tuple[int, int] | None:
    """The place of a file among those with usual names, 0 first; None if it has another name."""
    if name == _TRAINER_STATE:
        return len(_STEMS), 0
    match = _NAME.fullmatch(name)
    return match and (_STEMS.index(match["stem"].lower()), _SUFFIXES.index(match["suffix"].lower()))
