"""`grok-tui [RUN] [RUN_B]`: the explorer, or the overview as text if there is no terminal for it.

Imports little at the top: the first paint must not wait for numpy, torch or Textual.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

from cyclopts import Parameter

from engine.runs.remote.address import RunLocation
from grok_tui.cli.open_explorer import open_explorer, selection_from_options
from grok_tui.cli.options import (
    A_RUN,
    DEFAULT_DISPLAY,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    DisplayOptions,
    EngineOptions,
    RunArgument,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import check_readings, deliver, narrate, narrate_warnings
from grok_tui.cli.run_opener import RunOpener
from grok_tui.session.settings import Settings, read_settings, settings_path, with_overrides
from grok_tui.terminal.capabilities import explorer_obstacle, terminal_capabilities
from grok_tui.terminal.display import configure_textual, limit_colours, output_markers

SecondRun = Annotated[RunLocation | None, A_RUN, Parameter(name="RUN_B", help="a second run, to compare with")]


def explore(
    run: RunArgument = None,
    second: SecondRun = None,
    /,
    *,
    selection_options: SelectionOptions = DEFAULT_SELECTION,
    display: DisplayOptions = DEFAULT_DISPLAY,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Explore RUN, compared with RUN_B if given; without a terminal, print the overview as text."""
    settings = _with_display_options(read_settings(settings_path()), display)
    engine_options = engine_options.with_defaults(settings)
    terminal = terminal_capabilities(os.environ.get("TERM", ""))
    obstacle = explorer_obstacle(terminal)
    if sys.stdout.isatty() and obstacle is None:
        settings = limit_colours(settings, terminal.has_colours)
        from grok_tui.terminal.gc_tuning import disable_gc
        from grok_tui.terminal.splash import splash

        configure_textual(settings)
        with splash("the bundled run" if run is None else run.name):
            disable_gc()
            from grok_tui.app.run_loop import explore_runs
            from grok_tui.terminal.shutdown import exit_now
        opener = RunOpener(run, run_options, engine_options, settings, second, selection_options, display.fresh)
        exit_now(explore_runs(opener, opener.of_next_run, settings))
    if sys.stdout.isatty():
        narrate(f"{obstacle}, so this is the overview as text, not the explorer.")
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


def _with_display_options(settings: Settings, display: DisplayOptions) -> Settings:
    flags = {name: True for name in ("compact", "ascii") if getattr(display, name)}
    values = {"theme": display.theme, "colours": display.colours, "markers": display.markers}
    return with_overrides(settings, values | flags)
