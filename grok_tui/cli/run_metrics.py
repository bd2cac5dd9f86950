"""Measuring a whole run with a progress bar on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from engine import Explorer


def complete_history(explorer: Explorer, reference_epoch: int) -> None:
    """Measure every checkpoint that is not measured yet; one that cannot be read is told and passed over."""
    console = Console(stderr=True)
    history = explorer.run_metrics(reference_epoch)
    total = len(explorer.epochs)
    quiet = not console.is_terminal
    for _ in track(history.steps(), "measuring", total=total, console=console, transient=True, disable=quiet):
        pass
    for epoch, sentence in history.failures.items():
        console.print(f"Epoch {epoch:,} is left out: {sentence}", markup=False, highlight=False)
