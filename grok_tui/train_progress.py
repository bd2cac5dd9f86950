"""Training with a progress bar on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

if TYPE_CHECKING:
    from engine import ModelConfig, Progress, TrainingConfig


def train_with_progress(path: Path, config: ModelConfig, training: TrainingConfig, device: str) -> None:
    """Train into `path`; epoch, losses, epochs per second and the time left on stderr.

    Raises:
        GrokError: `path` is there already.
    """
    from engine import train

    console = Console(stderr=True)
    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("train {task.fields[train]}  test {task.fields[test]}  {task.fields[rate]} epochs/s"),
        TimeRemainingColumn(),
    )
    with ProgressBar(*columns, console=console, refresh_per_second=4) as bar:
        task = bar.add_task("train", total=training.epochs, train="–", test="–", rate="–")

        def advance(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.epoch,
                train=f"{progress.train_loss:.3e}",
                test="–" if progress.test_loss is None else f"{progress.test_loss:.3e}",
                rate=f"{progress.steps / progress.seconds:.1f}" if progress.steps else "–",
            )

        train(path, config, training, device, advance)
    kept = len(training.save_every.epochs(training.epochs))
    console.print(f"Wrote {kept:,} checkpoints to {path}.", highlight=False)
