"""How far the training of the open run is, while a process trains it, and how it ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Literal

from engine.errors import UnreadableRun
from engine.runs.lock_owner import OWNER_NAME, is_being_trained
from grok_tui.render.duration import duration

if TYPE_CHECKING:
    from engine.runs.training_progress import RecordedProgress

# The rate is that of the last saves.
_SAVES = 20


@dataclass(frozen=True)
class TrainingState:
    """`epoch` is that of the last save; rate and time left are None until it has saved twice."""

    phase: Literal["training", "finished", "stopped"]
    epoch: int
    epochs: int
    per_second: float | None = None
    seconds_left: float | None = None


class TrainingObserver:
    """Reads the state of a native run again and again; None before a process has trained it since it was opened."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._saves: deque[tuple[int, float]] = deque(maxlen=_SAVES)  # epoch and time of each, oldest first
        self._was_training = False

    def read(self) -> TrainingState | None:
        """The state now; reads files."""
        if not (self._was_training or (self._run / OWNER_NAME).exists()):
            return None
        from engine.runs.training_progress import read_progress

        try:
            progress, now = read_progress(self._run), time()
        except (UnreadableRun, OSError):  # not a native run, or it is being removed
            return None
        if is_being_trained(self._run, progress.saved_at or now, now):
            self._was_training = True
            return self._training(progress, now)
        self._saves.clear()
        if not self._was_training:
            return None
        return TrainingState("finished" if progress.finished else "stopped", progress.epoch or 0, progress.epochs)

    def _training(self, progress: RecordedProgress, now: float) -> TrainingState:
        epoch = progress.epoch or 0
        if progress.saved_at is not None and (not self._saves or self._saves[-1][0] != epoch):
            self._saves.append((epoch, progress.saved_at))
        rate = self._rate
        if rate is None or progress.saved_at is None:
            return TrainingState("training", epoch, progress.epochs)
        left = (progress.epochs - epoch) / rate - (now - progress.saved_at)
        return TrainingState("training", epoch, progress.epochs, rate, max(0.0, left))

    @property
    def _rate(self) -> float | None:
        """Epochs a second between the first and the last of the observed saves."""
        if len(self._saves) < 2:
            return None
        (first, started), (last, ended) = self._saves[0], self._saves[-1]
        return (last - first) / (ended - started) if ended > started and last > first else None


def training_texts(state: TrainingState | None) -> tuple[str, ...]:
    """The state in words, from the longest text to the shortest; none if there is no state.

    >>> training_texts(TrainingState("training", 1350, 2000, 130.0, 5.0))[0]
    'training 1,350 of 2,000 · 130/s · 5 s left'
    """
    if state is None:
        return ()
    if state.phase != "training":
        return (state.phase,)
    counted = f"training {state.epoch:,} of {state.epochs:,}"
    if state.per_second is None or state.seconds_left is None:
        return counted, "training"
    left = f"{duration(state.seconds_left)} left"
    return f"{counted} · {_rate_text(state.per_second)} · {left}", f"{counted} · {left}", counted, "training"


def _rate_text(per_second: float) -> str:
    return f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.2g}/s"
