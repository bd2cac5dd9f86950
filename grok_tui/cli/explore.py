"""`grok-tui [RUN] [RUN_B]`: the explorer or the table of runs; text if there is no terminal for it.

Imports little at the top: the first paint must not wait for numpy, torch or Textual.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import Parameter

from engine import WrongUsage
from engine.runs.remote.address import RunLocation
from grok_tui.cli import option_groups
from grok_tui.cli.options import (
    A_RUN,
    DEFAULT_DISPLAY,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    DisplayOptions,
    EngineOptions,
    Record,
    RunArgument,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import check_readings, choose_encoding, deliver, narrate, narrate_warnings
from grok_tui.cli.run_opener import RunOpener
from grok_tui.cli.suggestions import COMMAND_NAMES, require_run
from grok_tui.session.settings import Settings, read_settings, settings_path, with_overrides
from grok_tui.session.user_folders import user_folder
from grok_tui.terminal.capabilities import explorer_obstacle, terminal_capabilities
from grok_tui.terminal.display import (
    allow_true_colour,
    asks_for_colours,
    asks_for_graphics,
    configure_textual,
    limit_colours,
    output_markers,
)

if TYPE_CHECKING:
    from grok_tui.terminal.terminal_query import TerminalInput, TerminalQuery

SecondRun = Annotated[RunLocation | None, A_RUN, Parameter(name="RUN_B", help="a second run, to compare with")]


def explore(
    run: RunArgument = None,
    second: SecondRun = None,
    /,
    *,
    selection_options: SelectionOptions = DEFAULT_SELECTION,
    fresh: Annotated[
        bool,
        Parameter(help="start at the last epoch; ignore the saved position", group=option_groups.SELECTION),
    ] = False,
    display: DisplayOptions = DEFAULT_DISPLAY,
    record: Record = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Explore RUN, compared with RUN_B if given, or show the runs below a folder; without a terminal, print text."""
    require_run(run, commands=COMMAND_NAMES)
    require_run(second)
    choose_encoding(display.ascii)
    settings = _with_display_options(read_settings(settings_path()), display)
    engine_options = engine_options.with_defaults(settings)
    terminal = terminal_capabilities(os.environ.get("TERM", ""))
    obstacle = explorer_obstacle(terminal)
    folder = run if second is None and isinstance(run, Path) and contains_runs(run) else None
    if sys.stdout.isatty() and obstacle is None:
        if run_options.network is not None:
            from grok_tui.cli.open_explorer import announce_own_code

            announce_own_code(run_options)
        settings = limit_colours(settings, terminal.has_colours)
        opener = RunOpener(run, run_options, engine_options, settings, second, selection_options, fresh)
        show_on_screen(opener, folder, settings, record)
    if record is not None:
        raise WrongUsage("--record records the explorer, which needs a terminal; leave out --record.")
    if sys.stdout.isatty():
        what = "overview" if folder is None else "table of runs"
        narrate(f"{obstacle}, so this is the {what} as text, not the explorer.")
    if folder is not None:
        from grok_tui.cli.runs import runs

        return runs(folder, no_cache=engine_options.no_cache)
    from grok_tui.cli.open_explorer import open_explorer, selection_from_options
    from grok_tui.cli.overview import overview_text
    from grok_tui.session.saved_session import OpenRun

    explorer = open_explorer(run, run_options, engine_options)
    other = None if second is None else open_explorer(second, run_options, engine_options)
    narrate_warnings(explorer, other)
    check_readings(explorer, other, force=run_options.force_reading)
    reference_epoch = engine_options.reference_epoch
    selection = selection_from_options(explorer, options=selection_options, reference_epoch=reference_epoch)
    opened = OpenRun(explorer, selection, second=other)
    deliver(overview_text(opened, output_markers(settings, None)), None)
    return 0


def contains_runs(path: Path) -> bool:
    """Whether a folder is not itself a run but has runs below it."""
    if not path.is_dir():
        return False
    from engine.many_runs.discovery import find_runs

    first = next(iter(find_runs([path])), None)
    return first is not None and first.path != path


def show_on_screen(opener: RunOpener, folder: Path | None, settings: Settings, record: Path | None = None) -> NoReturn:
    """Show the explorer, or the table of the runs below a folder, and exit; the first paint precedes the imports."""
    from grok_tui.terminal.gc_tuning import disable_gc

    if record is not None:
        settings = with_overrides(settings, {"graphics": "none"})  # a player of recordings shows text
    configure_textual(settings)
    if folder is None:
        with _opening("the bundled run" if opener.location is None else opener.location.name, settings) as query:
            disable_gc()
            from grok_tui.app.run_loop import explore_runs
            from grok_tui.terminal.shutdown import exit_now

            terminal = _finish(query, settings, record)
        exit_now(explore_runs(opener, opener.of_next_run, settings, terminal))
    with ExitStack() as stack:
        with _opening(folder.name, settings) as query:
            disable_gc()
            from grok_tui.cli.first_rows import first_rows
            from grok_tui.queries.folder_runs import FolderRuns
            from grok_tui.terminal.splash import show_below

            source = FolderRuns([folder], _cache(stack, opener.engine_options))
            show_below(first_rows(source, *os.get_terminal_size(), ascii_only=settings.ascii))
            from grok_tui.app.browse_loop import browse_runs
            from grok_tui.terminal.gc_tuning import tune_gc
            from grok_tui.terminal.shutdown import exit_now

            terminal = _finish(query, settings, record)
        tune_gc()
        status = browse_runs(source, opener.of_next_run, settings, terminal)
    exit_now(status)


@contextmanager
def _opening(name: str, settings: Settings) -> Iterator[TerminalQuery]:
    """Show the splash screen, and ask the terminal what it can draw."""
    from grok_tui.terminal.splash import splash

    with splash(name):
        from grok_tui.terminal.terminal_query import terminal_query

        asks = {"colours": asks_for_colours(settings), "graphics": asks_for_graphics(settings)}
        with terminal_query(os.environ, **asks) as query:
            yield query


def _finish(query: TerminalQuery, settings: Settings, record: Path | None) -> TerminalInput:
    """What the terminal has answered; checks names in the settings here, so that an error leaves the splash screen."""
    from grok_tui.app.validation import validate_names

    validate_names(settings, settings_path())
    terminal = query.finish()
    if terminal.features.true_colour:
        allow_true_colour()
    if record is not None:
        from grok_tui.terminal.recording import Recording

        terminal.recording = Recording(record, os.get_terminal_size())
    return terminal


def _cache(stack: ExitStack, options: EngineOptions) -> Path:
    """The cache folder; with --no-cache one that is deleted at the end."""
    if not options.no_cache:
        return user_folder("cache")
    from tempfile import TemporaryDirectory

    return Path(stack.enter_context(TemporaryDirectory(prefix="grok-tui-")))


def _with_display_options(settings: Settings, display: DisplayOptions) -> Settings:
    return with_overrides(settings, display.settings)
