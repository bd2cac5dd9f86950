"""A folder of numbered checkpoint files: `step_1000.pt`, `epoch_00100.safetensors`, `ckpt-200.pth`.

The paper's trainer writes one too: `{epoch}.pth`, `init.pth` before and `final.pth`, which has all losses, after.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from engine.errors import UnreadableRun
from engine.runs.files import READABLE, SUFFIXES, read_file
from engine.runs.payload import epochs_in, losses_in, placed, split_in, state_in
from engine.runs.run import Run
from engine.runs.series import Entry, Payload, Told, settle
from engine.split import Split

# The number that counts: the one after such a word, else the last.
_NAMED = re.compile(r"(?<![a-z])(?:epoch|step|iter|ckpt|checkpoint)[-_=.]?(\d+)", re.IGNORECASE)
_TRAILING = re.compile(r"(\d+)$")


def open_folder(path: Path, told: Told) -> Run:
    """A run of the files with the commonest name; only the last is read, and `init` and `final` for what they add.

    Raises:
        UnreadableRun: no checkpoint, or several that are not of one run; else as `settle`.
        UnsupportedModel, InvalidConfig: as `settle`.
    """
    series_names, left_out = _names(path)
    warnings = [f"{path / name} was left out: its name is not one of the series." for name in left_out]
    ends, end_warnings = _ends(path, series_names)
    numbered = [_entry(path, name, number) for name, number in series_names.items() if number is not None]
    entries = sorted([*numbered, *ends.values()], key=lambda entry: Path(entry.source).name)
    if not entries:
        raise UnreadableRun(f"None of the checkpoints of {path} can be read; the last: {end_warnings[-1]}")
    series = settle(entries, path, told)
    recounted = _recounted(numbered, series.last, series.checkpoints[-1].epoch)
    if recounted:
        series = settle([*recounted, *ends.values()], path, told)
    losses, losses_left_out = placed(losses_in(series.last), series.checkpoints[-1].epoch)
    return Run(
        name=path.resolve().name,
        path=path,
        container="paper trainer" if ends else "folder",
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=_split(series.last, ends, series.config.p),
        training=series.recorded,
        warnings=(*warnings, *end_warnings, *series.warnings, *losses_left_out),
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
            name = PurePath(item.name)
            if name.suffix not in SUFFIXES or item.name.startswith("."):
                continue
            number = _NAMED.search(name.stem) or _TRAILING.search(name.stem)
            if not (item.is_symlink() or item.is_file(follow_symlinks=False)):
                others.append(item.name)
            elif name.stem in ("init", "final"):
                ends[item.name] = None
            elif number:
                before, after = name.stem[: number.start(1)], name.stem[number.end(1) :]
                groups[before, re.sub(r"\d+", "#", after)][item.name] = int(number[1])
            else:
                others.append(item.name)
    if not groups and not ends:
        _refuse(path, found, others)
    sizes = sorted((len(names) for names in groups.values()), reverse=True)
    if len(sizes) > 1 and sizes[0] == sizes[1]:
        shown = sorted(name for names in groups.values() for name in names)
        raise UnreadableRun(
            f"{path} holds checkpoints that do not look like one run ({', '.join(shown[:4])}); name one of them."
        )
    series = max(groups.values(), key=len, default={})
    others.extend(name for names in groups.values() if names is not series for name in names)
    return {**series, **ends}, sorted(others)


def _refuse(path: Path, found: list[str], unnumbered: list[str]) -> None:
    if unnumbered:
        what = f"holds {', '.join(sorted(unnumbered)[:4])}, whose epochs cannot be told from their names; name one"
        raise UnreadableRun(f"{path} {what}.")
    shown = f"holds no checkpoint but {', '.join(sorted(found)[:4])}" if found else "is empty"
    raise UnreadableRun(
        f"{path} {shown}; a run is a folder with run.json, or with files like step_1000.pt, and {READABLE}."
    )


def _entry(path: Path, name: str, epoch: int) -> Entry:
    file = path / name
    return Entry(epoch, str(file), partial(read_file, file), partial(state_in, path=file))


def _ends(path: Path, names: dict[str, int | None]) -> tuple[dict[str, Entry], list[str]]:
    """`init` is epoch 0, `final` the epoch it says or, silent, the number of losses it lists."""
    ends: dict[str, Entry] = {}
    warnings: list[str] = []
    for name in (name for name, number in names.items() if number is None):
        file = path / name
        try:
            payload = read_file(file)
        except UnreadableRun as error:
            warnings.append(f"A checkpoint was left out: {error}")
            continue
        listed = losses_in(payload)
        if file.stem == "init":
            ends["init"] = _entry(path, name, 0)
        elif saved := epochs_in(payload):
            ends["final"] = _entry(path, name, saved[0])
        elif listed is not None:
            ends["final"] = _entry(path, name, len(listed.epochs))
        else:
            warnings.append(f"{file} was left out: it does not say its epoch.")
    return ends, warnings


def _recounted(numbered: list[Entry], last: Payload, epoch: int) -> list[Entry]:
    """The entries by the epochs that they hold, where the last one's name turns out to count something else."""
    saved = epochs_in(last)
    if not saved or epoch in saved:
        return []
    recounted: list[Entry] = []
    for entry in numbered:
        try:
            recounted.extend(replace(entry, epoch=epoch) for epoch in epochs_in(entry.read())[:1])
        except UnreadableRun:
            continue
    return recounted if len({entry.epoch for entry in recounted}) == len(numbered) else []


def _split(last: Payload, ends: dict[str, Entry], p: int) -> Split | None:
    split = split_in(last, p)
    return split_in(ends["init"].read(), p) if split is None and "init" in ends else split
