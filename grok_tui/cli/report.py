"""`grok-tui report [RUN]`: every metric of one epoch as text, JSON or Markdown."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from cyclopts import Parameter

from grok_tui.cli import option_groups
from grok_tui.cli.open_explorer import open_explorer, selection_from_options
from grok_tui.cli.options import (
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    EPOCH_HELP,
    FORMAT_HELP,
    EngineOptions,
    Force,
    OutputPath,
    RunArgument,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import check_output, check_readings, deliver, format_of, narrate_warnings
from grok_tui.cli.report_text import report_markdown, report_text
from grok_tui.session.settings import read_settings, settings_path

ReportFormat = Literal["text", "json", "md"]
FORMATS: dict[str, ReportFormat] = {"txt": "text", "json": "json", "md": "md"}  # by the ending of a file name


def report(
    run: RunArgument = None,
    /,
    *,
    epoch: Annotated[int | None, Parameter(help=EPOCH_HELP, group=option_groups.SELECTION)] = None,
    format: Annotated[ReportFormat | None, Parameter(help=FORMAT_HELP)] = None,
    output: OutputPath = None,
    force: Force = False,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> None:
    """Print every metric of one epoch.

    Raises:
        GrokError: the run cannot be read, or it has no such epoch.
    """
    from engine.explorer.epoch_report import report as epoch_report
    from engine.explorer.epoch_report import report_json

    form = format_of(output, format, FORMATS)
    check_output(output, force=force)
    engine_options = engine_options.with_defaults(read_settings(settings_path()))
    explorer = open_explorer(run, run_options, engine_options)
    selection = selection_from_options(
        explorer, options=SelectionOptions(epoch=epoch), reference_epoch=engine_options.reference_epoch
    )
    narrate_warnings(explorer)
    check_readings(explorer, force=run_options.force_reading)
    metrics = epoch_report(explorer, selection.epoch, selection.reference_epoch)
    if form == "json":
        content = json.dumps(report_json(metrics), indent=1, allow_nan=False)
    else:
        write = report_text if form == "text" else report_markdown
        content = write(metrics, explorer.run.config.operation)
    deliver(content, output, force=force)
