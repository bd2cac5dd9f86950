"""The files that a row depends on: their signature, by which a cached row is valid, and whether they still change."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from engine.many_runs.discovery import FoundRun
from engine.runs.config_file_names import find_config_files
from engine.runs.folder_snapshot import STABLE_SECONDS, take_snapshot
from engine.runs.lock_owner import is_being_trained
from engine.runs.losses.file_names import find_loss_files

_CHECKPOINT = re.compile(r"epoch-\d+\.safetensors")
READING_FILE = "grok-tui.toml"
# A run that another program writes is growing if a file has changed in the last minute.
_GROWING_SECONDS = 60.0
# A file may change again without a new modification time for so long.
RACY_SECONDS = 2.0


@dataclass(frozen=True)
class RowFiles:
    """`signature` changes with the files of a run, `newest` is when they last changed (seconds since 1970).

    `hint` names the last checkpoint of a native run: while the folder of checkpoints is unchanged, it is the same.
    """

    signature: str
    newest: float
    hint: str = ""

    def may_change_unseen(self, now: float) -> bool:
        """Whether a file is so new that a change in the same instant would not show in the signature."""
        return now - self.newest < RACY_SECONDS

    def are_settled(self, now: float) -> bool:
        """Whether no file changed lately, so that one that cannot be read is damaged, not still being written."""
        return now - self.newest >= STABLE_SECONDS


def files_of(found: FoundRun, hint: str | None = None) -> RowFiles:
    """The files of a run as they are now, without opening any.

    `hint` is that of an earlier look at the same run; it saves listing the checkpoints. A signature that was taken with
    an outdated hint differs from the earlier one.

    Raises:
        OSError: the run is gone.
    """
    if found.kind == "native":
        return _native_files(os.fspath(found.path), hint)
    return _other_files(found)


def is_growing(found: FoundRun, files: RowFiles, now: float) -> bool:
    """Whether a process trains the run, or, for a run of another program, its files are changing."""
    if found.kind != "native":
        return now - files.newest < _GROWING_SECONDS
    return is_being_trained(found.path, files.newest, now)


def _native_files(folder: str, hint: str | None) -> RowFiles:
    checkpoints = f"{folder}{os.sep}checkpoints"
    last = _last_checkpoint(checkpoints) if hint is None else hint
    paths = [f"{folder}{os.sep}run.json", f"{folder}{os.sep}losses.csv", checkpoints]
    statuses = [_status(path) for path in [*paths, *([f"{checkpoints}{os.sep}{last}"] if last else [])]]
    if statuses[0] is None:
        raise FileNotFoundError(paths[0])
    parts = ["-" if status is None else f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}" for status in statuses]
    newest = max(status.st_mtime for status in statuses if status is not None)
    return RowFiles(" ".join([last, *parts]), newest, last)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 (a Path for each file of a thousand runs takes long)
    except OSError:
        return None


def _last_checkpoint(folder: str) -> str:
    """The name of the last checkpoint; empty if there is none."""
    try:
        names = [name for name in os.listdir(folder) if _CHECKPOINT.fullmatch(name)]  # noqa: PTH208
    except OSError:
        return ""
    return max(names, key=lambda name: int(name[6:-12]), default="")


def _other_files(found: FoundRun) -> RowFiles:
    if found.kind == "file":
        folder = found.path.parent
        beside = [*find_config_files(found.path), *find_loss_files(os.fspath(folder))]
        paths: Iterable[str] = [os.fspath(found.path), *beside, os.fspath(folder / READING_FILE)]
    else:
        paths = [*take_snapshot(found.path), os.fspath(found.path / READING_FILE)]
    digest, newest = blake2b(found.kind.encode(), digest_size=16), 0.0
    for path in paths:
        if (status := _status(path)) is not None:
            digest.update(f"{path}\0{status.st_ino}:{status.st_size}:{status.st_mtime_ns}\0".encode(errors="replace"))
            newest = max(newest, status.st_mtime)
    if newest == 0:
        raise FileNotFoundError(found.path)
    return RowFiles(digest.hexdigest(), newest)
