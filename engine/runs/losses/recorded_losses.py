"""The losses and accuracies of a run, from the best of the places where it records them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.losses.checkpoint_values import read_checkpoint_values
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.loss_series import LossSource, merge_sources
from engine.runs.losses.payload_losses import compare_lengths, interval_settings, lists_in, values_in
from engine.runs.run import Checkpoint, RecordedLosses
from engine.runs.torch_format.checkpoint_file import read_file

Found = tuple[RecordedLosses | None, tuple[str, ...]]  # the losses, and warnings about what was skipped


def losses_of_folder(
    checkpoints: Sequence[Checkpoint], last: Mapping[str, Any], settings: Mapping[str, object]
) -> Found:
    """The losses of checkpoints in files of their own: lists in the last one, else the values of each.

    `last` is the payload of the last checkpoint, `settings` are those that the run records.
    """

    def sources() -> Iterator[LossSource]:
        evidence = EpochEvidence([checkpoint.epoch for checkpoint in checkpoints], interval_settings(settings))
        lists = lists_in(last, Path(checkpoints[-1].file or "").name, evidence)
        if lists.warnings:  # lists of some epochs only: their lengths in other checkpoints may tell which
            evidence = replace(evidence, shorter=compare_lengths(_payloads(checkpoints)))
            lists = lists_in(last, lists.name, evidence)
        yield lists
        if values_in(last):
            yield read_checkpoint_values(checkpoints)

    return merge_sources(sources())


def losses_of_file(
    payload: Mapping[str, Any], name: str, epochs: Sequence[int], settings: Mapping[str, object]
) -> Found:
    """The losses in one file that has the checkpoints of these epochs: lists, or the values of its only checkpoint."""
    evidence = EpochEvidence(epochs, interval_settings(settings))
    values = {column: [value] for column, value in values_in(payload).items()} if len(epochs) == 1 else {}
    return merge_sources(
        (lists_in(payload, name, evidence), read_columns({**values, "epoch": list(epochs)}, name, evidence))
    )


def _payloads(checkpoints: Sequence[Checkpoint]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What a few checkpoints before the last one contain, by epoch."""
    before = checkpoints[:-1]
    for checkpoint in dict.fromkeys((*before[:2], *before[len(before) // 2 :][:1], *before[-1:])):
        try:
            yield checkpoint.epoch, read_file(Path(checkpoint.file or ""), map_from=0)
        except UnreadableRun:
            continue
