"""A folder of numbered checkpoint files: `step_1000.pt`, `epoch_00100.safetensors`, `ckpt-200.pth`.

The paper's trainer writes one too: `{epoch}.pth`, `init.pth` before and `final.pth`, which has all losses, after.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import Any

from engine.errors import RunNotReady, UnreadableRun
from engine.networks.split import Split
from engine.runs.checkpoint_series import CheckpointSeries, FileEntry, ModelOverrides, build_series, left_out
from engine.runs.folder_snapshot import FileSignature, file_path, signature_of
from engine.runs.payload import MAX_EPOCH, align_losses, epochs_in, losses_in, split_in
from engine.runs.run import Run, shorten_list
from engine.runs.torch_format.checkpoint_file import READABLE, SUFFIXES, read_file

# The number that counts: the one after such a word, else the last.
_NAMED = re.compile(r"(?<![a-z])(?:epoch|step|iter|ckpt|checkpoint)[-_=.]?(\d+)", re.IGNORECASE)
_TRAILING = re.compile(r"(?<!\d)(\d+)$")


def open_folder(path: Path, told: ModelOverrides) -> Run:
    """A run of the files with the commonest name; only the last is read, and `init` and `final` for what they add.

    Raises:
        RunNotReady: the folder is empty.
        UnreadableRun: no checkpoint, or several that are not of one run; else as `build_series`.
        UnsupportedModel, InvalidConfig: as `build_series`.
    """
    series_names, others = _names(path)
    warnings = shorten_list([f"{path / name} was left out: it is not named as the series is." for name in others])
    ends, unreadable, silent = _ends(path, series_names)
    inside = str(path)
    numbered = [FileEntry(number, inside, name) for name, number in series_names.items() if number is not None]
    entries = sorted([*numbered, *ends.values()], key=lambda entry: entry.name)
    if not entries:
        told_of = [*unreadable.values(), *silent][-1]
        raise UnreadableRun(f"None of the checkpoints of {path} can be read; the last: {told_of}")
    series = build_series(entries, path, told)
    if recounted := _recounted(numbered, series):
        series = build_series([*recounted, *ends.values()], path, told)
    losses, losses_left_out = align_losses(losses_in(series.last), series.checkpoints[-1].epoch)
    return Run(
        name=path.resolve().name,
        path=path,
        container="paper trainer" if ends else "folder",
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=_split(series.last, ends, series.config.p),
        training=series.recorded,
        warnings=(*warnings, *unreadable.values(), *silent, *series.warnings, *losses_left_out),
        left_out={**unreadable, **series.left_out},
    )


def _names(path: Path) -> tuple[dict[str, int | None], list[str]]:
    """The checkpoint files of one run, with the numbers in their names, and the other checkpoint files."""
    groups: dict[tuple[str, str], dict[str, int | None]] = defaultdict(dict)
    ends: dict[str, int | None] = {}
    others: list[str] = []
    found: list[str] = []
    with os.scandir(path) as listing:
        for item in listing:
            found.append(item.name)
            stem, suffix = os.path.splitext(item.name)  # noqa: PTH122
            if suffix not in SUFFIXES or item.name.startswith("."):
                continue
            number = _NAMED.search(stem) or _TRAILING.search(stem)
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
        _refuse(path, found, others)
    sizes = sorted((len(names) for names in groups.values()), reverse=True)
    if len(sizes) > 1 and sizes[0] == sizes[1]:
        shown = nsmallest(4, (name for names in groups.values() for name in names))
        raise UnreadableRun(
            f"{path} holds checkpoints that do not look like one run ({', '.join(shown)}); name one of them."
        )
    series = max(groups.values(), key=len, default={})
    others.extend(name for names in groups.values() if names is not series for name in names)
    return {**series, **ends}, sorted(others)


def _refuse(path: Path, found: list[str], unnumbered: list[str]) -> None:
    if unnumbered:
        what = f"holds {', '.join(nsmallest(4, unnumbered))}, whose epochs cannot be told from their names; name one"
        raise UnreadableRun(f"{path} {what}.")
    wanted = f"a run is a folder with run.json, or with files like step_1000.pt, and {READABLE}"
    if not found:
        raise RunNotReady(f"{path} is empty; {wanted}.")
    raise UnreadableRun(f"{path} holds no checkpoint but {', '.join(nsmallest(4, found))}; {wanted}.")


def _ends(path: Path, names: dict[str, int | None]) -> tuple[dict[str, FileEntry], dict[str, str], list[str]]:
    """`init` is epoch 0, `final` the epoch it says or, silent, the number of losses it lists.

    Also the warnings: about files that cannot be read, and about a `final` that says neither.
    """
    ends: dict[str, FileEntry] = {}
    unreadable: dict[str, str] = {}
    silent: list[str] = []
    for name in (name for name, number in names.items() if number is None):
        file = path / name
        try:
            payload = read_file(file)
        except UnreadableRun as error:
            unreadable[file_path(path, name)] = left_out(error)
            continue
        listed = losses_in(payload)
        if file.stem == "init":
            ends["init"] = FileEntry(0, str(path), name)
        elif saved := epochs_in(payload):
            ends["final"] = FileEntry(saved[0], str(path), name)
        elif listed is not None:
            ends["final"] = FileEntry(len(listed.epochs), str(path), name)
        else:
            silent.append(f"{file} was left out: it does not say its epoch.")
    return ends, unreadable, silent


def _recounted(numbered: list[FileEntry], series: CheckpointSeries) -> list[FileEntry]:
    """The entries by the epochs that they hold, where the last one's name turns out to count something else.

    Those that cannot be read stay behind the others.
    """
    saved = epochs_in(series.last)
    if not saved or series.checkpoints[-1].epoch in saved:
        return []
    unreadable = [entry for entry in numbered if entry.file in series.left_out]
    readable = [entry for entry in numbered if entry.file not in series.left_out]
    said = {_epoch_said(Path(entry.file)): entry for entry in readable}
    if None in said or len(said) != len(readable):
        return []
    last = max(epoch for epoch in said if epoch is not None)
    behind = [replace(entry, epoch=last + place) for place, entry in enumerate(unreadable, start=1)]
    return [*(replace(entry, epoch=epoch) for epoch, entry in said.items() if epoch is not None), *behind]


def _epoch_said(file: Path) -> int | None:
    """The epoch that a file holds; None where it holds none or cannot be read."""
    try:
        saved = _epochs_said(file, signature_of(file))
    except (OSError, UnreadableRun):
        return None
    return saved[0] if saved else None


@lru_cache(maxsize=4096)  # a folder that grows is counted again and again
def _epochs_said(file: Path, stamp: FileSignature) -> tuple[int, ...]:
    return epochs_in(read_file(file))


def _split(last: Mapping[str, Any], ends: dict[str, FileEntry], p: int) -> Split | None:
    split = split_in(last, p)
    return split_in(ends["init"].read(), p) if split is None and "init" in ends else split
