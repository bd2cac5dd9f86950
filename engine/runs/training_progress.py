"""How far a native run is trained, read from its files in a millisecond; imports neither torch nor numpy."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.training_lock import LOCK_FILES

_RESUME, _LOSSES = "resume.safetensors", "losses.csv"
# The last rows of `losses.csv`: about 1,000, so that one of them has a test loss.
_TAIL_BYTES = 64 << 10
# The header of a safetensors file is its length in 8 bytes, then JSON.
_MAX_HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class RecordedProgress:
    """The progress of a run on disk: `epoch` is the last one with a loss, None before the first save.

    The losses (nats) are the latest ones. `finished`: training would do nothing, because the last save is at the
    planned end, `epochs`, or has a test loss below `stop_when`, and nothing is left of its lock. `saved_at` is when the
    losses were written, in seconds.
    """

    epoch: int | None
    epochs: int
    train_loss: float | None
    test_loss: float | None
    finished: bool
    saved_at: float | None = field(default=None, compare=False)


def read_progress(run: Path) -> RecordedProgress:
    """The progress of a native run, which may be in training.

    Raises:
        UnreadableRun: `run.json` is missing or invalid.
    """
    training = _training(run / "run.json")
    rows = _last_rows(run / _LOSSES)
    tested = [row for row in rows if row[2] is not None]
    return RecordedProgress(
        epoch=rows[-1][0] if rows else None,
        epochs=training["epochs"],
        train_loss=rows[-1][1] if rows else None,
        test_loss=tested[-1][2] if tested else None,
        finished=_is_finished(run, training, {epoch: test_loss for epoch, _, test_loss in rows}),
        saved_at=(run / _LOSSES).stat().st_mtime if rows else None,
    )


def saved_epoch(run: Path) -> int | None:
    """The epoch from which training would resume; None if there is no save, or it is damaged."""
    try:
        with (run / _RESUME).open("rb") as file:  # safetensors' own reader imports numpy
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _MAX_HEADER_BYTES)))
        return int(header["__metadata__"]["epoch"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _is_finished(run: Path, training: dict[str, Any], test_losses: dict[int, float | None]) -> bool:
    epoch, stop_when = saved_epoch(run), training.get("stop_when")
    if epoch is None or any((run / name).exists() for name in LOCK_FILES):
        return False
    test_loss = test_losses.get(epoch)
    reached = stop_when is not None and test_loss is not None and test_loss < stop_when
    # A run that is saved at such an epoch without a checkpoint, because its `stop_when` was changed later, lacks it.
    return epoch == training["epochs"] or (
        reached and (run / "checkpoints" / f"epoch-{epoch:06d}.safetensors").exists()
    )


def _training(path: Path) -> dict[str, Any]:
    try:
        training = json.loads(path.read_bytes())["training"]
        if type(training["epochs"]) is not int:
            raise TypeError(f"epochs is {training['epochs']!r}")
    except OSError as error:
        raise UnreadableRun(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableRun(f"{path} does not record valid training settings ({error}).") from error
    assert isinstance(training, dict)
    return training


def _last_rows(path: Path) -> list[tuple[int, float | None, float | None]]:
    """The last complete rows of `losses.csv`; none if there is no file."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
            file.seek(start)
            tail = file.read()
    except OSError:
        return []
    lines = tail[: tail.rfind(b"\n") + 1].splitlines()[1:]  # without the header, or a line of which the start is cut
    return [row for line in lines if (row := _row(line)) is not None]


def _row(line: bytes) -> tuple[int, float | None, float | None] | None:
    try:
        epoch, train_loss, test_loss = line.split(b",")
        return int(epoch), float(train_loss) if train_loss else None, float(test_loss) if test_loss else None
    except ValueError:  # damaged; a reader of the run reports it
        return None
