"""The commands. Data goes to stdout, narration to stderr; exit 0 done, 1 failed, 2 wrong usage, 130 interrupted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from grok_tui.cli.open_explorer import RunOpener, open_explorer, open_run_or_demo, selection_from_options
from grok_tui.cli.options import (
    DEFAULT_COMPARISON,
    DEFAULT_DISPLAY,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    ComparisonOptions,
    DisplayOptions,
    EngineOptions,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import check_folder, deliver, format_of
from grok_tui.cli.train.command import train
from grok_tui.render.cells import clean
from grok_tui.session.comparison_target import ComparisonTarget, compared_selection, counterpart_of
from grok_tui.session.settings import read_settings, settings_path, with_overrides
from grok_tui.session.workspaces import VIEW_NAMES
from grok_tui.terminal.display import configure_textual, output_markers

if TYPE_CHECKING:
    from engine import Explorer

app = App(
    name="grok-tui",
    help="Watch a one-layer transformer grok modular addition, epoch by epoch.",
    version=lambda: version("grok-tui"),
    help_format="plaintext",
    error_console=Console(stderr=True),
)
app.command(train)

RunPath = Annotated[Path | None, Parameter(name="RUN", help="a run; the bundled one where none is named")]
SecondPath = Annotated[Path | None, Parameter(name="RUN_B", help="a second run, to compare the first one with")]


@app.default
def explore(
    run: RunPath = None,
    second: SecondPath = None,
    /,
    *,
    place: SelectionOptions = DEFAULT_SELECTION,
    looks: DisplayOptions = DEFAULT_DISPLAY,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Explore RUN, beside RUN_B if named, with the keyboard; with stdout not a terminal, print the overview as text."""
    flags = {name: True for name in ("compact", "ascii") if getattr(looks, name)}
    settings = with_overrides(
        read_settings(settings_path()),
        {"theme": looks.theme, "colours": looks.colours, "markers": looks.markers, **flags},
    )
    if sys.stdout.isatty():
        from grok_tui.terminal.gc_tuning import disable_gc
        from grok_tui.terminal.splash import splash

        configure_textual(settings)
        with splash("the bundled run" if run is None else run.name):
            disable_gc()
            from grok_tui.app.run_loop import explore_runs
            from grok_tui.terminal.shutdown import exit_now
        opener = RunOpener(run, run_options, engine_options, settings, second, place, looks.fresh)
        exit_now(explore_runs(opener, opener.of_next_run, settings))
    from grok_tui.cli.explore import overview_text
    from grok_tui.session.saved_session import OpenRun

    explorer = open_explorer(run, run_options, engine_options)
    other = None if second is None else open_explorer(second, run_options, engine_options)
    _warn(explorer, other)
    opened = OpenRun(explorer, selection_from_options(explorer, place=place, options=engine_options), second=other)
    deliver(overview_text(opened, output_markers(settings, None)), None)
    return 0


@app.command
def show(
    view: Annotated[str, Parameter(name="VIEW", help=f"one of {', '.join(VIEW_NAMES)}")],
    run: RunPath = None,
    *,
    place: SelectionOptions = DEFAULT_SELECTION,
    against: ComparisonOptions = DEFAULT_COMPARISON,
    size: Annotated[str | None, Parameter(help="columns x rows, such as 100x30; default: the terminal's")] = None,
    format: Annotated[
        Literal["text", "ansi", "csv", "json", "svg"] | None,
        Parameter(help="default: what --output ends in, else text"),
    ] = None,
    ascii: Annotated[bool, Parameter(negative=(), help="draw with nothing but ASCII")] = False,
    output: Annotated[Path | None, Parameter(help="a file to write instead of stdout; never overwritten")] = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> None:
    """Print one view: its drawing as text, ansi or svg, its table as csv or json."""
    from grok_tui.cli.run_metrics import complete_history
    from grok_tui.cli.show import parse_size, render_view
    from grok_tui.export.render import FORMATS
    from grok_tui.views import view_named

    chosen, (width, height) = view_named(view), parse_size(size)
    form = format_of(output, format, FORMATS)
    check_folder(output)
    settings = with_overrides(read_settings(settings_path()), {"ascii": ascii or None})
    explorer = open_explorer(run, run_options, engine_options)
    second = None if against.against_run is None else open_explorer(against.against_run, run_options, engine_options)
    selection = compared_selection(
        selection_from_options(explorer, place=place, options=engine_options),
        explorer,
        second,
        against.against,
        against.difference,
    )
    _warn(explorer, second)
    for one in (ComparisonTarget(explorer, selection), counterpart_of(explorer, selection, second)):
        if one is not None and chosen.over_epochs and len(one.explorer.epochs) > 1:
            complete_history(one.explorer, one.selection.reference_epoch)
    markers = output_markers(settings, output)
    _deliver(render_view(chosen, explorer, selection, width, height, form, second, markers), output)


@app.command
def report(
    run: RunPath = None,
    *,
    epoch: int | None = None,
    format: Annotated[
        Literal["text", "json", "md"] | None, Parameter(help="default: what --output ends in, else text")
    ] = None,
    output: Annotated[Path | None, Parameter(help="a file to write instead of stdout; never overwritten")] = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> None:
    """Print every number of the study for one epoch."""
    from grok_tui.cli.report import REPORT_FORMATS, render_report

    form = format_of(output, format, REPORT_FORMATS)
    check_folder(output)
    explorer = open_explorer(run, run_options, engine_options)
    selection = selection_from_options(explorer, place=SelectionOptions(epoch=epoch), options=engine_options)
    _warn(explorer)
    _deliver(render_report(explorer, selection.epoch, selection.reference_epoch, form), output)


@app.command
def info(run: RunPath = None, *, run_options: RunOptions = DEFAULT_RUN_OPTIONS) -> None:
    """Print what RUN is: its model, checkpoints, recorded losses, split and training."""
    from grok_tui.cli.info import describe_run

    print(describe_run(open_run_or_demo(run, run_options)))


@app.command
def convert(
    source: Annotated[Path, Parameter(name="SRC", help="any run that can be read")],
    destination: Annotated[Path, Parameter(name="DST", help="a new folder")],
    *,
    dtype: Annotated[
        Literal["float32", "float16"] | None, Parameter(help="of the written checkpoints; default: as they are")
    ] = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
) -> None:
    """Write any readable run SRC as a native run DST."""
    import torch

    from engine import convert as write_native

    run = open_run_or_demo(source, run_options)
    written = write_native(run, destination, {None: None, "float32": torch.float32, "float16": torch.float16}[dtype])
    for warning in (*run.warnings, *written.warnings):
        _narrate(f"Warning: {warning}")
    _narrate(f"Wrote {len(written.checkpoints):,} checkpoints to {destination}.")


def _warn(*explorers: Explorer | None) -> None:
    for explorer in explorers:
        for warning in () if explorer is None else explorer.run.warnings:
            _narrate(f"Warning: {warning}")


def _deliver(content: str, output: Path | None) -> None:
    if written := deliver(content, output):
        _narrate(f"Wrote {written}.")


def _narrate(sentence: str) -> None:
    print(clean(sentence), file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status, with one sentence on stderr where it failed."""
    if isinstance(sys.stdout, TextIOWrapper):  # data may hold what the terminal's encoding does not
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        _narrate(f"{' '.join(str(error).split())} Try grok-tui --help.")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; nothing to complain of
        return 0
    except OSError as error:
        _narrate(f"{error.filename or 'A file'}: {error.strerror or error}.")
        return 1
    except Exception as error:
        from engine import (  # not before: the engine brings torch, and the first paint does not wait for it
            GrokError,
            InvalidConfig,
            WrongUsage,
        )

        if not isinstance(error, GrokError):
            raise
        _narrate(str(error))
        return 2 if isinstance(error, WrongUsage | InvalidConfig) else 1
    return status if isinstance(status, int) else 0
