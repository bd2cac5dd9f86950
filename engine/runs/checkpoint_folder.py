"""A folder of numbered checkpoint files: `step_1000.pt`, `epoch_00100.safetensors`, `ckpt-200.pth`.

Includes the folder of the paper's trainer: `{epoch}.pth`, `init.pth` before the first epoch, and `final.pth`, which has
the losses of the whole run.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import Any

from engine.errors import RunNotReady, UnreadableRun
from engine.networks.split import Split
from engine.runs.checkpoint_series import CheckpointSeries, FileEntry, build_series, skip_warning
from engine.runs.folder_snapshot import FileSignature, file_path, signature_of
from engine.runs.losses.payload_losses import list_lengths
from engine.runs.losses.recorded_losses import losses_of_folder
from engine.runs.payload import MAX_EPOCH, epochs_in, split_in
from engine.runs.run import Run, shorten_list
from engine.runs.torch_format.checkpoint_file import READABLE, SUFFIXES, read_file
from engine.state_dicts.config_inference import ModelOverrides

# The number in a file name: the one after such a word, else the last.
_LABELLED_NUMBER = re.compile(r"(?<![a-z])(?:epoch|step|iter|ckpt|checkpoint)[-_=.]?(\d+)", re.IGNORECASE)
_TRAILING_NUMBER = re.compile(r"(?<!\d)(\d+)$")


@dataclass
class _EndFiles:
    """`init` and `final` of the paper's trainer, by their stem, and the warnings about them."""

    entries: dict[str, FileEntry] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)  # by path
    without_epoch: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        return [*self.unreadable.values(), *self.without_epoch]


def open_folder(path: Path, overrides: ModelOverrides) -> Run:
    """Open the files that share the most common name pattern; reads only the last, `init` and `final`.

    Raises:
        RunNotReady: the folder is empty.
        UnreadableRun: no checkpoint, or checkpoints of several runs; also as `build_series`.
        UnsupportedModel, InvalidConfig: as `build_series`.
    """
    numbers, others = _group_names(path)
    skipped = shorten_list([f"{path / name} was skipped: its name does not match the other files." for name in others])
    ends = _read_end_files(path, [name for name, number in numbers.items() if number is None])
    numbered = [FileEntry(number, str(path), name) for name, number in numbers.items() if number is not None]
    entries = sorted([*numbered, *ends.entries.values()], key=lambda entry: entry.name)
    if not entries:
        raise UnreadableRun(f"None of the checkpoints in {path} can be read; the last error: {ends.warnings[-1]}")
    series = build_series(entries, path, overrides)
    if renumbered := _renumber(numbered, series):
        series = build_series([*renumbered, *ends.entries.values()], path, overrides)
    losses, loss_warnings = losses_of_folder(path, series.checkpoints, series.last, series.recorded)
    return Run(
        name=path.resolve().name,
        path=path,
        container="paper trainer" if ends.entries else "folder",
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=_split(series.last, ends, series.config.p),
        training=series.recorded,
        reading=series.reading,
        warnings=(*skipped, *ends.warnings, *series.warnings, *loss_warnings),
        unreadable={**ends.unreadable, **series.unreadable},
    )


def _group_names(path: Path) -> tuple[dict[str, int | None], list[str]]:
    """The checkpoint files of one run with the numbers in their names, and the other checkpoint files.

    The number is None for `init` and `final`.
    """
    groups: dict[tuple[str, str], dict[str, int | None]] = defaultdict(dict)
    ends: dict[str, int | None] = {}
    others: list[str] = []
    names: list[str] = []
    with os.scandir(path) as listing:
        for item in listing:
            names.append(item.name)
            stem, suffix = os.path.splitext(item.name)  # noqa: PTH122
            if suffix not in SUFFIXES or item.name.startswith("."):
                continue
            number = _LABELLED_NUMBER.search(stem) or _TRAILING_NUMBER.search(stem)
            if not (item.is_symlink() or item.is_file(follow_symlinks=False)):
                others.append(item.name)
            elif stem in ("init", "final"):
                ends[item.name] = None
            elif number and int(number[1]) < MAX_EPOCH:
                before, after = stem[: number.start(1)], stem[number.end(1) :]
                groups[before, re.sub(r"\d+", "#", after) if after else ""][item.name] = int(number[1])
            else:
                others.append(item.name)
    if not groups and not ends:
        raise _no_checkpoints(path, names, others)
    sizes = sorted((len(group) for group in groups.values()), reverse=True)
    if len(sizes) > 1 and sizes[0] == sizes[1]:
        shown = nsmallest(4, (name for group in groups.values() for name in group))
        raise UnreadableRun(
            f"{path} contains checkpoints that do not look like one run ({', '.join(shown)}); open one of its files."
        )
    largest = max(groups.values(), key=len, default={})
    others.extend(name for group in groups.values() if group is not largest for name in group)
    return {**largest, **ends}, sorted(others)


def _no_checkpoints(path: Path, names: list[str], unnumbered: list[str]) -> UnreadableRun:
    if unnumbered:
        shown = ", ".join(nsmallest(4, unnumbered))
        return UnreadableRun(f"{path} contains {shown}, but no file name with an epoch; open one of its files.")
    expected = f"a run is a folder with run.json or with files like step_1000.pt, and {READABLE}"
    if not names:
        return RunNotReady(f"{path} is empty; {expected}.")
    return UnreadableRun(f"{path} contains no checkpoint, only {', '.join(nsmallest(4, names))}; {expected}.")


def _read_end_files(path: Path, names: list[str]) -> _EndFiles:
    """Read `init` and `final`.

    `init` is epoch 0. `final` has its recorded epoch, else the number of losses that it lists.
    """
    ends = _EndFiles()
    for name in names:
        file = path / name
        try:
            payload = read_file(file)
        except UnreadableRun as error:
            ends.unreadable[file_path(path, name)] = skip_warning(error)
            continue
        if file.stem == "init":
            ends.entries["init"] = FileEntry(0, str(path), name)
        elif recorded := epochs_in(payload):
            ends.entries["final"] = FileEntry(recorded[0], str(path), name)
        elif lengths := list_lengths(payload):
            ends.entries["final"] = FileEntry(max(lengths.values()), str(path), name)
        else:
            ends.without_epoch.append(f"{file} was skipped: it records no epoch.")
    return ends


def _renumber(numbered: list[FileEntry], series: CheckpointSeries) -> list[FileEntry]:
    """The entries by recorded epoch, if the last file's name and recorded epoch differ; empty if not.

    Unreadable files are numbered after the others.
    """
    recorded = epochs_in(series.last)
    if not recorded or series.checkpoints[-1].epoch in recorded:
        return []
    unreadable = [entry for entry in numbered if entry.file in series.unreadable]
    readable = [entry for entry in numbered if entry.file not in series.unreadable]
    by_epoch = {_recorded_epoch(Path(entry.file)): entry for entry in readable}
    if None in by_epoch or len(by_epoch) != len(readable):
        return []
    last = max(epoch for epoch in by_epoch if epoch is not None)
    after = [replace(entry, epoch=last + place) for place, entry in enumerate(unreadable, start=1)]
    return [*(replace(entry, epoch=epoch) for epoch, entry in by_epoch.items() if epoch is not None), *after]


def _recorded_epoch(file: Path) -> int | None:
    """The epoch recorded in a file; None if there is none or the file cannot be read."""
    try:
        epochs = _recorded_epochs(file, signature_of(file))
    except (OSError, UnreadableRun):
        return None
    return epochs[0] if epochs else None


@lru_cache(maxsize=4096)  # a growing folder is renumbered at every refresh
def _recorded_epochs(file: Path, signature: FileSignature) -> tuple[int, ...]:
    return epochs_in(read_file(file))


def _split(last: Mapping[str, Any], ends: _EndFiles, p: int) -> Split | None:
    split = split_in(last, p)
    return split_in(ends.entries["init"].read(), p) if split is None and "init" in ends.entries else split
