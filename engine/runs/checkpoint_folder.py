"""A folder of checkpoint files: `step_1000.pt`, `epoch_00100.safetensors`, `checkpoint-500/model.safetensors`.

Includes the folder of the paper's trainer: `{epoch}.pth`, `init.pth` before the first epoch, and `final.pth`, which has
the losses of the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import Any

from engine.errors import RunNotReady, UnreadableRun
from engine.networks.split import Split
from engine.runs.checkpoint_listing import WEIGHTS_NAMES, Listing, folders_of_runs, list_checkpoints
from engine.runs.checkpoint_series import CheckpointSeries, FileEntry, build_series
from engine.runs.config_files import config_files_beside
from engine.runs.end_files import EndFiles, read_end_files
from engine.runs.epoch_names import NumberedName
from engine.runs.file_groups import group_files
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.losses.recorded_losses import losses_of_folder
from engine.runs.multi_checkpoint_file import open_multi_checkpoint_file
from engine.runs.recorded_epochs import epochs_in
from engine.runs.recorded_split import split_in
from engine.runs.run import Run, shorten_list
from engine.runs.single_file import epoch_of_only_file
from engine.runs.stored_checkpoints import find_checkpoints
from engine.runs.torch_format.checkpoint_file import READABLE, read_file
from engine.state_dicts.model_reading import ModelOverrides


def open_folder(path: Path, overrides: ModelOverrides) -> Run:
    """Open the files that share the most common name pattern; reads only the last, and those without a number.

    Raises:
        RunNotReady: the folder is empty.
        UnreadableRun: no checkpoint, or checkpoints of several runs; also as `build_series`.
        UnsupportedModel, InvalidConfig: as `build_series`.
    """
    listing = list_checkpoints(path)
    folder = listing.folder
    if (run := _open_file_of_many(listing, overrides)) is not None:
        return replace(run, name=path.resolve().name, path=path)
    numbers, end_names, others = _select_files(listing)
    skipped = shorten_list([f"{file} was skipped: its name does not match the other files." for file in others])
    ends = read_end_files(folder, end_names)
    numbered = [FileEntry(number, str(folder), name) for name, number in numbers.items()]
    entries = sorted([*numbered, *ends.entries], key=lambda entry: entry.name)
    if not entries and len(ends.without_epoch) > 1 and not ends.unreadable:
        raise UnreadableRun(
            f"{folder} contains {_shown(end_names)}, but no file name with an epoch and no recorded one; "
            "open one of its files."
        )
    if not entries:
        raise UnreadableRun(f"None of the checkpoints in {folder} can be read; the last error: {ends.warnings[-1]}")
    beside = config_files_beside(Path(max(entries, key=lambda entry: entry.epoch).file).parent)
    series = build_series(entries, folder, overrides, beside.settings)
    if renumbered := _renumber(numbered, series):
        series = build_series([*renumbered, *ends.entries], folder, overrides, beside.settings)
    losses, loss_warnings = losses_of_folder(folder, series.checkpoints, series.last, series.recorded)
    return Run(
        name=path.resolve().name,
        path=path,
        container="paper trainer" if ends.are_of_papers_trainer else "folder",
        config=series.config,
        reading=series.reading,
        checkpoints=series.checkpoints,
        losses=losses,
        split=_split(series.last, ends, series.config.p),
        training=series.recorded,
        warnings=(*skipped, *ends.warnings, *beside.warnings, *series.warnings, *loss_warnings),
        unreadable={**ends.unreadable, **series.unreadable},
        settings_files=beside.paths,
    )


def _open_file_of_many(listing: Listing, overrides: ModelOverrides) -> Run | None:
    """The run whose checkpoints are all in the only file of a folder; None if it is one checkpoint, or not readable."""
    if len(listing.files) != 1:
        return None
    file = listing.folder / next(iter(listing.files))
    try:
        payload = read_file(file)
    except UnreadableRun:  # reported with the reason when it is opened as a checkpoint
        return None
    stored = find_checkpoints(payload)
    return None if stored is None else open_multi_checkpoint_file(stored, file, payload, overrides)


def _select_files(listing: Listing) -> tuple[dict[str, int], list[str], list[str]]:
    """The files of one run with the numbers in their names, its files without a number, and the paths of all others."""
    found = group_files(listing)
    groups, others = found.numbered, [*listing.others, *found.others]
    if len(listing.files) == 1:
        ((file, name),) = listing.files.items()
        name = listing.folder.name if file in WEIGHTS_NAMES else name
        return {file: epoch_of_only_file(read_file(listing.folder / file), name)}, [], _paths(listing, listing.others)
    if not groups and not found.ends:
        raise _no_checkpoints(listing, others)
    if found.are_ambiguous:
        shown = nsmallest(4, (file for group in groups.values() for file in group))
        raise UnreadableRun(
            f"{listing.folder} contains checkpoints that do not look like one run ({', '.join(shown)}); "
            "open one of its files."
        )
    largest = max(groups.values(), key=len, default={})
    others.extend(file for group in groups.values() if group is not largest for file in group)
    return _distinct_numbers(largest), found.ends, _paths(listing, others)


def _distinct_numbers(names: Mapping[str, NumberedName]) -> dict[str, int]:
    """The first number of each name, or the first that differs from name to name: the step if epochs repeat."""
    for place in range(min((len(name.numbers) for name in names.values()), default=0)):
        if len({name.numbers[place] for name in names.values()}) == len(names):
            return {file: name.numbers[place] for file, name in names.items()}
    return {file: name.numbers[0] for file, name in names.items()}


def _paths(listing: Listing, names: list[str]) -> list[str]:
    """The paths of files that are skipped, also of those in a folder that is not used."""
    return sorted([*(str(listing.folder / name) for name in names), *listing.elsewhere])


def _no_checkpoints(listing: Listing, unnumbered: list[str]) -> UnreadableRun:
    if unnumbered:
        return UnreadableRun(
            f"{listing.folder} contains {_shown(unnumbered)}, but no file name with an epoch; open one of its files."
        )
    expected = f"a run is a folder with run.json or with files like step_1000.pt, and {READABLE}"
    if not listing.names:
        return RunNotReady(f"{listing.folder} is empty; {expected}.")
    if folders := folders_of_runs(listing.folder, listing.names):
        return UnreadableRun(f"{listing.folder} contains no checkpoint; open a folder in it: {_shown(folders)}.")
    return UnreadableRun(f"{listing.folder} contains no checkpoint, only {_shown(listing.names)}; {expected}.")


def _shown(names: list[str]) -> str:
    return ", ".join(nsmallest(4, names)) + (", ..." if len(names) > 4 else "")


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


def _split(last: Mapping[str, Any], ends: EndFiles, p: int) -> Split | None:
    split = split_in(last, p)
    return split_in(ends.first.read(), p) if split is None and ends.first is not None else split
