"""`grok-tui report --format html`: which epochs the page has, and its progress on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import WrongUsage
from engine.runs.remote.address import RunLocation
from grok_tui.cli.chosen_epochs import chosen_epochs
from grok_tui.cli.engines import counted
from grok_tui.cli.output import narrate
from grok_tui.cli.run_metrics import compute_run_metrics

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


def require_one_run(location: RunLocation | None) -> None:
    """Check that a path is not a folder of runs.

    Raises:
        WrongUsage: it is; the message names the command for such a folder.
    """
    from grok_tui.cli.explore import contains_runs

    if isinstance(location, Path) and contains_runs(location):
        raise WrongUsage(
            f"{location} is a folder of runs; for a page of their table and figures: "
            f"grok-tui runs {location} --output runs.html"
        )


def page_of_run(explorer: Explorer, selection: Selection, epochs: str | None) -> str:
    """The page of a run, with its progress on stderr.

    Raises:
        NeedsWeights: the run has no checkpoints.
        UnknownQuery: the run has none of the epochs.
        WrongUsage: `epochs` is not a list of epochs and ranges.
    """
    from rich.console import Console
    from rich.progress import track

    from engine.errors import NeedsWeights
    from engine.explorer.epoch_report import report_json
    from grok_tui.cli.report_text import report_sections
    from grok_tui.export.page.run_page import ReportTables, run_page

    if not explorer.run.has_weights:
        raise NeedsWeights(f"A page needs weights; {explorer.run.name} has losses but no checkpoints.")
    chosen = chosen_epochs(explorer, epochs)
    if len(explorer.epochs) > 1:
        compute_run_metrics(explorer, selection.reference_epoch)
    console = Console(stderr=True)
    if not console.is_terminal:
        narrate(f"Computing the figures of {counted(len(chosen), 'epoch')}.")
    steps = track(chosen, "computing figures", console=console, transient=True, disable=not console.is_terminal)
    page = run_page(explorer, selection, steps, ReportTables(report_sections, report_json))
    for epoch, sentence in page.skipped.items():
        narrate(f"Skipped epoch {epoch:,}: {sentence}")
    return page.document
