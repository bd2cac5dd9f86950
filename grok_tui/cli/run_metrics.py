"""Run metrics, computed with a progress bar on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from engine import Explorer


def compute_run_metrics(explorer: Explorer, reference_epoch: int) -> None:
    """Compute the metrics of all checkpoints that are not cached; report and skip unreadable ones."""
    console = Console(stderr=True)
    metrics = explorer.run_metrics(reference_epoch)
    total = len(explorer.epochs)
    quiet = not console.is_terminal
    for _ in track(metrics.steps(), "computing metrics", total=total, console=console, transient=True, disable=quiet):
        pass
    for epoch, sentence in metrics.failures.items():
        console.print(f"Skipped epoch {epoch:,}: {sentence}", markup=False, highlight=False)
