"""`grok-tui runs PATH...`: all runs below some folders as a table, their groups, or a figure of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import GrokError, WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.engines import Engine, EngineChoice, choose_engine, counted
from grok_tui.cli.options import DEVICE_HELP, Force, OutputPath
from grok_tui.cli.output import check_output, deliver, narrate
from grok_tui.cli.runs_figure import DEFAULT_FIGURE, FigureOptions, Format, render_figure, render_page, runs_format
from grok_tui.session.settings import Device
from grok_tui.session.user_folders import user_folder

if TYPE_CHECKING:
    from engine.many_runs.run_row import RunRow
    from grok_tui.cli.run_rows import Measured

DEFAULT_ENGINE = EngineChoice()


def runs(
    *paths: Annotated[Path, Parameter(name="PATH", help="a folder that contains runs, or a run; default: .")],
    format: Format = None,
    sort: Annotated[
        str,
        Parameter(
            help="sort by these fields, such as weight_decay,-test_loss; -FIELD or FIELD:desc sorts downwards",
            metavar="FIELDS",
            allow_leading_hyphen=True,
        ),
    ] = "name",
    where: Annotated[
        tuple[str, ...],
        Parameter(
            help="show runs that match, such as 'weight_decay>=1 seed=0,1 grokked!=none'; repeatable",
            metavar="FILTER",
        ),
    ] = (),
    group_by: Annotated[
        str | None,
        Parameter(
            help="show groups of the runs that agree in these fields; '!seed': all that varies but the seed",
            metavar="FIELDS",
        ),
    ] = None,
    measure: Annotated[
        bool, Parameter(help="compute the metrics that are missing in the cache", group=option_groups.COMPUTATION)
    ] = False,
    figure: FigureOptions = DEFAULT_FIGURE,
    engine: EngineChoice = DEFAULT_ENGINE,
    device: Annotated[
        Device | None, Parameter(help=f"for --measure: {DEVICE_HELP}", group=option_groups.COMPUTATION)
    ] = None,
    output: OutputPath = None,
    force: Force = False,
    no_cache: Annotated[
        bool, Parameter(help="neither read nor write cached rows and metrics", group=option_groups.COMPUTATION)
    ] = False,
) -> int:
    """Print the runs at and below each PATH: settings, state, metrics and losses, a row each.

    Raises:
        GrokError: a path does not exist, contains no run, or an option does not fit the runs.
    """
    from grok_tui.cli.run_rows import read_rows
    from grok_tui.cli.runs_output import render_runs
    from grok_tui.run_views.run_view import show_runs
    from grok_tui.session.runs_selection import RunsSelection

    form = runs_format(output, format, figure)
    if not measure and (engine, device) != (DEFAULT_ENGINE, None):
        raise WrongUsage(
            "--on, its options and --device say where --measure computes; pass --measure too, or omit them."
        )
    check_output(output, force=force)
    folders, cache = paths or (Path(),), None if no_cache else user_folder("cache")
    selection = RunsSelection(order=sort, where=" ".join(where), group_by=group_by or "", figure=figure.choice)
    rows = read_rows(folders, cache)
    shown = show_runs(rows, selection)  # checks the fields before anything is computed
    failures: Sequence[str] = ()
    if measure:
        if cache is None:
            raise GrokError("--measure computes metrics into the cache; omit --no-cache.")
        chosen = choose_engine(engine, folders[0], threads=1, device=device, cache=cache)
        measured = _measure(rows, selection.where, chosen)
        if measured.stopped is not None:
            narrate("Stopped; the metrics computed so far are cached. The same command continues.")
            return measured.stopped
        failures = measured.failures
        shown = show_runs(read_rows(folders, cache), selection)
    render = render_runs if figure.view is None else partial(render_figure, options=figure)
    if form == "html":
        render = partial(render_page, options=figure)
    deliver(render(shown, folders, form=form, to_file=output is not None), output, force=force)
    for failure in failures:
        narrate(f"Not measured: {failure}")
    narrate(_note(shown.shown.rows, measured=measure))
    return 1 if failures else 0


def _measure(rows: Sequence[RunRow], where: str, engine: Engine) -> Measured:
    """Compute the missing metrics of the rows that match a filter, or may do so once their metrics are known."""
    from engine.many_runs.filters import checked_filter
    from grok_tui.cli.run_rows import measure_missing

    wanted = checked_filter(where, rows)
    missing = [row for row in rows if row.lacks_metrics and wanted.may_match(row)]
    if missing:
        narrate(f"Computing the metrics of {counted(len(missing), 'run')}: {engine.description}.")
    return measure_missing(missing, engine.executor)


def _note(rows: Sequence[RunRow], *, measured: bool) -> str:
    """How many of the runs have no metrics, and why; empty if all have them."""
    missing, growing = sum(row.lacks_metrics for row in rows), sum(row.state == "growing" for row in rows)
    if missing and not measured:
        return f"{missing:,} of {counted(len(rows), 'run')} have no metrics; --measure computes them."
    if growing and measured:
        return f"{growing:,} of {counted(len(rows), 'run')} are growing; their metrics can be computed later."
    return ""
