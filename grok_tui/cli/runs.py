"""`grok-tui runs PATH...`: all runs below some folders as a table, or their groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from grok_tui.cli.options import FORMAT_HELP, OutputPath
from grok_tui.cli.output import check_folder, deliver, format_of, narrate
from grok_tui.session.user_folders import user_folder

RunsFormat = Literal["text", "csv", "json", "md"]
FORMATS: dict[str, RunsFormat] = {"txt": "text", "csv": "csv", "json": "json", "md": "md"}  # by the ending of a file


def runs(
    *paths: Annotated[Path, Parameter(name="PATH", help="a folder that contains runs, or a run; default: .")],
    format: Annotated[RunsFormat | None, Parameter(help=FORMAT_HELP)] = None,
    sort: Annotated[
        str,
        Parameter(
            help="FIELD,FIELD; -FIELD or FIELD:desc for descending, such as -test_loss", allow_leading_hyphen=True
        ),
    ] = "name",
    where: Annotated[
        tuple[str, ...],
        Parameter(
            help="show runs that match, such as 'weight_decay>=1 seed=0,1 grokked!=none'; repeatable",
            negative=(),
            show_default=False,
        ),
    ] = (),
    group_by: Annotated[
        str | None, Parameter(help="show groups of runs: FIELD,FIELD, or '!seed' for all that varies but the seed")
    ] = None,
    measure: Annotated[bool, Parameter(negative=(), help="compute the metrics that are missing in the cache")] = False,
    output: OutputPath = None,
    no_cache: Annotated[bool, Parameter(negative=(), help="neither read nor write cached rows and metrics")] = False,
) -> int:
    """Print the runs at and below each PATH: settings, state, metrics and losses, a row each.

    Raises:
        GrokError: a path does not exist, contains no run, or an option does not fit the runs.
    """
    from engine.many_runs.filters import checked_filter
    from grok_tui.cli.run_rows import measure_missing, read_rows
    from grok_tui.cli.runs_output import render_runs
    from grok_tui.run_views.run_view import show_runs
    from grok_tui.session.runs_selection import RunsSelection

    form = format_of(output, format, FORMATS)
    check_folder(output)
    folders, cache = paths or (Path(),), None if no_cache else user_folder("cache")
    selection = RunsSelection(order=sort, where=" ".join(where), group_by=group_by or "")
    rows = read_rows(folders, cache)
    shown = show_runs(rows, selection)  # checks the fields before anything is computed
    failures = []
    if measure:
        wanted = checked_filter(selection.where, rows)
        failures = measure_missing([row for row in rows if wanted.may_match(row)], cache)
        shown = show_runs(read_rows(folders, cache), selection)
    deliver(render_runs(shown, folders, form, to_file=output is not None), output)
    for failure in failures:
        narrate(f"Not measured: {failure}")
    missing = sum(row.lacks_metrics for row in shown.shown.rows)
    if missing and not measure:
        narrate(f"{missing:,} of {len(shown.shown.rows):,} runs have no metrics; --measure computes them.")
    if measure and (growing := sum(row.state == "growing" for row in shown.shown.rows)):
        narrate(f"{growing:,} of {len(shown.shown.rows):,} runs are growing; their metrics can be computed later.")
    return 1 if failures else 0
