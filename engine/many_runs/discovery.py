"""Find all runs below folders, lazily, without torch: native runs, checkpoint folders, single files, bare losses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import UnreadableRun
from engine.many_runs.sorting import sort_key
from engine.runs.checkpoint_listing import Listing, is_checkpoint_folder, list_checkpoints
from engine.runs.file_groups import group_files
from engine.runs.losses.file_names import find_loss_files

Kind = Literal["native", "checkpoints", "file", "losses"]
_MAX_DEPTH = 50  # folders below a path
# The folders of a sweep, whose runs are all in the first one.
_SWEEP_FOLDERS = ("runs", "slurm")


@dataclass(frozen=True)
class FoundRun:
    """A run by its name, the path below the folder that was searched, and by what it seems to be.

    `losses` is a folder that may record the losses of a run without checkpoints; only reading it shows whether it does.
    """

    name: str
    path: Path
    kind: Kind


def find_runs(paths: Sequence[Path]) -> Iterator[FoundRun]:
    """Find the runs at and below some paths, in natural order of their names; found ones are yielded at once.

    The runs of a sweep are named without the folder `runs` that contains all of them, as in its `sweep.json`.
    A folder of numbered checkpoints is one run; of other checkpoint files, each is one. Nothing below a native run is a
    run, nor is a folder with the checkpoints of the run above. Hidden folders, and those nested very deeply, are
    skipped; a folder that is reached twice, by links or by two paths, is searched once.

    Raises:
        UnreadableRun: a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise UnreadableRun(f"{path} does not exist; pass a folder that contains runs.")
    search = _Search()
    for path in paths:
        folder = path.parent if path.name == "run.json" and path.is_file() else path
        prefix = "" if len(paths) == 1 else str(folder)
        if folder.is_dir():
            yield from search.below(folder, prefix)
        else:
            yield FoundRun(prefix or folder.name, folder, "file")


class _Search:
    """A walk over folders that enters each of them once."""

    def __init__(self) -> None:
        self._entered: set[tuple[int, int]] = set()  # device and inode

    def below(self, folder: Path, name: str, depth: int = 0) -> Iterator[FoundRun]:
        """The runs at and below a folder; `name` is its own path for the user, empty at the top."""
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self._entered:
                return
            self._entered.add((status.st_dev, status.st_ino))
            if os.path.lexists(folder / "run.json"):
                yield FoundRun(name or folder.resolve().name, folder, "native")
                return
            listing = list_checkpoints(folder)
        except OSError:  # deleted meanwhile, or not ours to read
            return
        yield from _runs_in(listing, folder, name)
        below = 0
        inners = _folders_to_search(listing, folder) if depth < _MAX_DEPTH else []
        is_sweep = os.path.lexists(folder / "sweep.json") and set(inners) <= set(_SWEEP_FOLDERS)
        for inner in inners:
            inner_name = name if is_sweep and inner == _SWEEP_FOLDERS[0] else _joined(name, inner)
            for run in self.below(folder / inner, inner_name, depth + 1):
                below += 1
                yield run
        if not listing.files and below == 0 and _has_losses(folder):
            yield FoundRun(name or folder.resolve().name, folder, "losses")


def _runs_in(listing: Listing, folder: Path, name: str) -> Iterator[FoundRun]:
    """The run that the files of a folder are, or each of them."""
    if len(listing.files) == 1 or group_files(listing).are_one_run:
        yield FoundRun(name or folder.resolve().name, folder, "checkpoints")
        return
    for file in sorted(listing.files, key=sort_key):
        path = listing.folder / file
        shown = os.path.relpath(path, folder)
        yield FoundRun(_joined(name, shown), path, "file")


def _joined(name: str, inner: str) -> str:
    return f"{name}{os.sep}{inner}" if name else inner


def _folders_to_search(listing: Listing, folder: Path) -> list[str]:
    """The folders in a folder, except hidden ones and those whose checkpoints are its own."""
    own = {file.partition(os.sep)[0] for file in listing.files if os.sep in file}
    if listing.folder != folder:
        own = {listing.folder.relative_to(folder).parts[0]}
    names = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_own = entry.name in own or (bool(listing.files) and is_checkpoint_folder(entry.name))
            if not entry.name.startswith(".") and not is_own and entry.is_dir():
                names.append(entry.name)
    return sorted(names, key=sort_key)


def _has_losses(folder: Path) -> bool:
    try:
        return bool(find_loss_files(str(folder)))
    except OSError:
        return False
