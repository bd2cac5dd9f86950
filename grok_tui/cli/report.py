"""`grok-tui report [RUN]`: every metric of one epoch as text, JSON or Markdown, or of all epochs as a page."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from cyclopts import Parameter

from engine import WrongUsage
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
from grok_tui.cli.output import (
    check_no_terminal,
    check_output,
    check_readings,
    deliver,
    format_of,
    narrate_warnings,
)
from grok_tui.cli.report_page import page_of_run, require_one_run
from grok_tui.cli.report_text import report_markdown, report_text
from grok_tui.session.settings import read_settings, settings_path

ReportFormat = Literal["text", "json", "md", "html"]
# By the ending of a file name.
FORMATS: dict[str, ReportFormat] = {"txt": "text", "json": "json", "md": "md", "html": "html", "htm": "html"}


def report(
    run: RunArgument = None,
    /,
    *,
    epoch: Annotated[int | None, Parameter(help=EPOCH_HELP, group=option_groups.SELECTION)] = None,
    neuron: Annotated[
        int | None, Parameter(help="of html: the neuron that the page opens with", group=option_groups.SELECTION)
    ] = None,
    head: Annotated[
        int | None, Parameter(help="of html: the head that comes first", group=option_groups.SELECTION)
    ] = None,
    dimension: Annotated[
        int | None, Parameter(help="of html: the dimension of the residual stream", group=option_groups.SELECTION)
    ] = None,
    epochs: Annotated[
        str | None,
        Parameter(
            help="of html: only these checkpoints, such as 0:14000 or 0,9000,20000:40000; default: all",
            metavar="EPOCHS",
            group=option_groups.SELECTION,
        ),
    ] = None,
    format: Annotated[ReportFormat | None, Parameter(help=FORMAT_HELP)] = None,
    output: OutputPath = None,
    force: Force = False,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> None:
    """Print every metric of one epoch, or write a page for a browser with all epochs.

    Raises:
        GrokError: the run cannot be read, or it has no such epoch.
        WrongUsage: an option of the page with another format, or a folder of runs.
    """
    from engine.explorer.epoch_report import report as epoch_report
    from engine.explorer.epoch_report import report_json

    form = format_of(output, format, FORMATS)
    if form != "html" and (epochs, neuron, head, dimension) != (None, None, None, None):
        raise WrongUsage("--epochs, --neuron, --head and --dimension are of a page; pass --format html, or omit them.")
    if form == "html":
        check_no_terminal("page", output, ending="html")
        require_one_run(run)
    check_output(output, force=force)
    engine_options = engine_options.with_defaults(read_settings(settings_path()))
    explorer = open_explorer(run, run_options, engine_options)
    selection = selection_from_options(
        explorer,
        options=SelectionOptions(epoch=epoch, neuron=neuron, head=head, dimension=dimension),
        reference_epoch=engine_options.reference_epoch,
    )
    narrate_warnings(explorer)
    check_readings(explorer, force=run_options.force_reading)
    if form == "html":
        deliver(page_of_run(explorer, selection, epochs), output, force=force)
        return
    metrics = epoch_report(explorer, selection.epoch, selection.reference_epoch)
    if form == "json":
        content = json.dumps(report_json(metrics), indent=1, allow_nan=False)
    else:
        write = report_text if form == "text" else report_markdown
        content = write(metrics, explorer.run.config.operation)
    deliver(content, output, force=force)
