"""The losses and accuracies of a run, from the best of the places where it records them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.losses.checkpoint_values import read_checkpoint_values, records_values
from engine.runs.losses.columns import as_list
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.event_files import read_event_files
from engine.runs.losses.loss_files import read_loss_files
from engine.runs.losses.loss_series import LossSource, merge_sources
from engine.runs.losses.payload_losses import compare_lengths, interval_settings, lists_in, values_in
from engine.runs.recorded_epochs import epochs_in
from engine.runs.run import Checkpoint, RecordedLosses
from engine.runs.torch_format.checkpoint_file import read_file
from engine.runs.torch_format.suffixes import SUFFIXES

_END_STEMS = frozenset(("init", "final", "last", "latest", "best", "model"))

Found = tuple[RecordedLosses | None, tuple[str, ...]]  # the losses, and warnings about what was skipped


def losses_of_folder(
    folder: Path, checkpoints: Sequence[Checkpoint], last: Mapping[str, Any], settings: Mapping[str, object]
) -> Found:
    """The losses of checkpoints in files of their own: lists in the last one, files beside them, the values of each.

    `last` is the payload of the last checkpoint, `settings` are those that the run records.

    Raises:
        OSError: the folder cannot be listed.
    """
    evidence = EpochEvidence([checkpoint.epoch for checkpoint in checkpoints], interval_settings(settings))
    lists = lists_in(last, Path(checkpoints[-1].file or "").name, evidence)
    if lists.warnings:  # lists of some epochs only: their lengths in other checkpoints may tell which
        shorter = compare_lengths(_payloads(checkpoints))
        lists = lists_in(last, lists.name, replace(evidence, shorter=shorter))
    sources = [lists, *_sources_beside(folder, evidence)]
    if (own := Path(checkpoints[-1].file or folder).parent) not in (folder, folder.parent):  # as Hugging Face's trainer
        sources += read_loss_files(own, evidence)
    if not _has_both_losses(sources) and (values_in(last) or records_values(checkpoints[0])):
        sources.append(read_checkpoint_values(checkpoints))
    return merge_sources(sources)


def losses_beside(folder: Path) -> Found:
    """The losses in the files of a folder without checkpoints.

    Raises:
        OSError: the folder cannot be listed.
    """
    return merge_sources(_sources_beside(folder, EpochEvidence()))


def losses_of_file(
    path: Path, payload: Mapping[str, Any], epochs: Sequence[int], settings: Mapping[str, object]
) -> Found:
    """The losses of a file that has the checkpoints of these epochs: in its payload, else in files beside it.

    Files beside it are not read if other checkpoints beside it belong to other runs.

    Raises:
        OSError: its folder cannot be listed.
    """
    evidence = EpochEvidence(epochs, interval_settings(settings))
    lists, values = _sources_in(payload, path.name, evidence)
    beside = _sources_beside(path.parent, evidence) if _is_of_run_beside(path, payload, epochs) else []
    return merge_sources([lists, *beside, values])


def losses_in_payload(payload: Mapping[str, Any], epoch: int, settings: Mapping[str, object]) -> Found:
    """The losses that a file contains itself, of which `epoch` is the only checkpoint."""
    return merge_sources(_sources_in(payload, "", EpochEvidence([epoch], interval_settings(settings))))


def _sources_in(payload: Mapping[str, Any], name: str, evidence: EpochEvidence) -> tuple[LossSource, LossSource]:
    """The lists in a payload, and the values of its only checkpoint."""
    epochs = evidence.checkpoints
    values = values_in(payload) if len(epochs) == 1 else {}
    values = {column: value if as_list(value) is not None else [value] for column, value in values.items()}
    return lists_in(payload, name, evidence), read_columns({**values, "epoch": list(epochs)}, name, evidence)


def _sources_beside(folder: Path, evidence: EpochEvidence) -> list[LossSource]:
    """The files of losses in a folder; event files, which take longer and need an extra, if others lack a loss."""
    sources = read_loss_files(folder, evidence)
    return sources if _has_both_losses(sources) else [*sources, *read_event_files(folder, evidence)]


def _has_both_losses(sources: Sequence[LossSource]) -> bool:
    return {"train", "test"} <= {series for source in sources for series in source.series}


def _is_of_run_beside(path: Path, payload: Mapping[str, Any], epochs: Sequence[int]) -> bool:
    """Whether the files beside a checkpoint file are of the same run.

    Its epoch is known and the only number in its name, if there is one; the names of all checkpoints beside it differ
    in their number only, except for `final` and such.
    """
    numbers = {int(number) for number in re.findall(r"\d{1,18}", path.stem)}
    if len(epochs) == 1 and (numbers - {*epochs} or not (numbers or any(epochs) or epochs_in(payload))):
        return False
    stems = {file.stem for file in path.parent.iterdir() if file.suffix in SUFFIXES}
    return len({re.sub(r"\d+", "#", stem) for stem in stems - _END_STEMS}) <= 1


def _payloads(checkpoints: Sequence[Checkpoint]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What a few checkpoints before the last one contain, by epoch."""
    before = checkpoints[:-1]
    for checkpoint in dict.fromkeys((*before[:2], *before[len(before) // 2 :][:1], *before[-1:])):
        try:
            yield checkpoint.epoch, read_file(Path(checkpoint.file or ""), map_from=0)
        except UnreadableRun:
            continue
