"""From the command line to the running app, one run after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.app import GrokApp
from grok_tui.interpreter import settle
from grok_tui.opening import EngineOptions, RunOptions, open_explorer, starting_selection
from grok_tui.session import Layout, Opened, kept, taken_up
from grok_tui.settings import Settings

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection


def explore_runs(
    path: Path | None,
    run_options: RunOptions,
    engine_options: EngineOptions,
    settings: Settings,
    start: Callable[[Explorer], Selection] | None,
    second: Path | None = None,
) -> int:
    """Explore a run, and whichever is opened from within, until the person quits; returns the exit status.

    `start` says where to begin; without it, where the person was the last time. `second` is a run to compare with.

    Raises:
        GrokError: a run cannot be opened, or an option does not fit it.
    """
    while True:
        opening = partial(_opened, path, run_options, engine_options, settings, start, second)
        app = GrokApp(opening, settings=settings)
        app.run()
        if app.failure is not None:
            raise app.failure
        if app.next_run is None:
            return app.return_code or 0
        path, run_options, start, second = app.next_run, RunOptions(), None, None


def _opened(
    path: Path | None,
    run_options: RunOptions,
    engine_options: EngineOptions,
    settings: Settings,
    start: Callable[[Explorer], Selection] | None,
    second: Path | None,
) -> Opened:
    explorer = open_explorer(path, run_options, engine_options)
    settle()
    other = None if second is None else open_explorer(second, run_options, engine_options)
    layout = replace(Layout(), workspace=settings.workspace)
    if start is not None:
        return Opened(explorer, start(explorer), layout, other)
    first = starting_selection(explorer, reference_epoch=engine_options.reference_epoch)
    before = kept(explorer.run.path)
    if before is None:
        return Opened(explorer, first, layout, other)
    return Opened(explorer, taken_up(explorer, first, before), before.layout, other)
