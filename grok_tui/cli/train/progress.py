"""Progress of a training on stderr: a live bar on a terminal, otherwise a line every ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from grok_tui.render.duration import duration

if TYPE_CHECKING:
    from engine import TrainingProgress

# Steps before the remaining time is estimated.
_STEPS_BEFORE_ESTIMATE = 50
# Without a terminal, a line is written this often.
_LINE_SECONDS = 10.0

Advance = Callable[["TrainingProgress"], None]


@contextmanager
def progress_narration(console: Console | None = None) -> Iterator[Advance]:
    """Yields the per-epoch progress callback; `console` defaults to stderr."""
    console = console or Console(stderr=True)
    if console.is_terminal:
        with _bar(console) as bar:
            yield _on_bar(bar)
    else:
        yield PlainLines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))


def rate(progress: TrainingProgress) -> float | None:
    """Epochs per second in this session; None before the first step."""
    return progress.steps / progress.seconds if progress.steps and progress.seconds else None


def remark(progress: TrainingProgress) -> str | None:
    """A remark at this epoch, if any: where training continues, or how long the rest will take."""
    if progress.steps == 0 and 0 < progress.epoch < progress.epochs:
        return f"Continuing from epoch {progress.epoch:,}."
    pace = rate(progress)
    if progress.steps == _STEPS_BEFORE_ESTIMATE and pace and progress.epoch < progress.epochs:
        return f"About {duration((progress.epochs - progress.epoch) / pace)} left, at {pace:.1f} epochs per second."
    return None


class PlainLines:
    """A line at the first epoch, at the last and every ten seconds in between."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._write, self._clock = write, clock
        self._due = clock()

    def __call__(self, progress: TrainingProgress) -> None:
        if text := remark(progress):
            self._write(text)
        if self._clock() >= self._due or progress.epoch == progress.epochs:
            pace = rate(progress)
            speed = "" if pace is None else f"  {pace:.1f} epochs/s"
            self._write(
                f"epoch {progress.epoch:,}/{progress.epochs:,}  train {_loss(progress.train_loss)}  "
                f"test {_loss(progress.test_loss)}{speed}"
            )
            self._due = self._clock() + _LINE_SECONDS


def _bar(console: Console) -> ProgressBar:
    return ProgressBar(
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("train {task.fields[train]}  test {task.fields[test]}  {task.fields[rate]} epochs/s"),
        TimeRemainingColumn(),
        console=console,
        refresh_per_second=4,
    )


def _on_bar(bar: ProgressBar) -> Advance:
    task = bar.add_task("train", total=None, train="–", test="–", rate="–")

    def advance(progress: TrainingProgress) -> None:
        if text := remark(progress):
            bar.console.print(text, markup=False, highlight=False)
        pace = rate(progress)
        bar.update(
            task,
            total=progress.epochs,
            completed=progress.epoch,
            train=_loss(progress.train_loss),
            test=_loss(progress.test_loss),
            rate="–" if pace is None else f"{pace:.1f}",
        )

    return advance


def _loss(loss: float | None) -> str:
    return "–" if loss is None else f"{loss:.3e}"
