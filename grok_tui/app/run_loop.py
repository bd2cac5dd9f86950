"""From the command line to the running app, one run after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.app.app import GrokApp
from grok_tui.app.validation import validate_names
from grok_tui.cli.open_explorer import open_explorer
from grok_tui.cli.options import EngineOptions, RunOptions
from grok_tui.render.cells import clean
from grok_tui.session.saved_session import Layout, OpenRun, load_session, restore_selection
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings, settings_path
from grok_tui.terminal.gc_tuning import tune_gc

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


def _as_it_was(explorer: Explorer, before: Selection | None) -> Selection:
    return before or initial_selection(explorer)


@dataclass(frozen=True)
class _Asked:
    """What is to be explored, and how: `start` says where, from where the person was the last time or None."""

    path: Path | None
    run_options: RunOptions
    engine_options: EngineOptions
    start: Callable[[Explorer, Selection | None], Selection] = _as_it_was
    second: Path | None = None
    fresh: bool = False


def explore_runs(
    path: Path | None,
    run_options: RunOptions,
    engine_options: EngineOptions,
    settings: Settings,
    start: Callable[[Explorer, Selection | None], Selection] = _as_it_was,
    second: Path | None = None,
    fresh: bool = False,
) -> int:
    """Explore a run, and whichever is opened from within, until the person quits; returns the exit status.

    `start` says where to begin; it is given where the person was the last time, or None, as it is with `fresh`.
    `second` is a run to compare with. Where a run that is opened from within cannot be, the one before comes back.

    Raises:
        GrokError: the first run cannot be opened, an option does not fit it, or a setting names what there is not.
    """
    validate_names(settings, settings_path())
    asked = _Asked(path, run_options, engine_options, start, second, fresh)
    before, notice = None, ""
    while True:
        app = GrokApp(partial(_opened, asked, settings), settings=settings, notice=notice)
        app.run()
        if app.failure is not None:
            if before is None:
                raise app.failure
            asked, before, notice = before, None, clean(str(app.failure)) or type(app.failure).__name__
        elif app.next_run is None:
            return app.return_code or 0
        else:
            before, notice = replace(asked, start=_as_it_was, fresh=False), ""
            asked = _Asked(app.next_run, RunOptions(), _of_any_run(engine_options))


def _of_any_run(options: EngineOptions) -> EngineOptions:
    """The options that are not about one run."""
    return EngineOptions(no_cache=options.no_cache, dtype=options.dtype, device=options.device)


def _opened(asked: _Asked, settings: Settings) -> OpenRun:
    explorer = open_explorer(asked.path, asked.run_options, asked.engine_options)
    tune_gc()
    second = None if asked.second is None else open_explorer(asked.second, asked.run_options, asked.engine_options)
    last = None if asked.fresh else load_session(explorer.run.path)
    if last is None:
        return OpenRun(explorer, asked.start(explorer, None), Layout(settings.workspace), second)
    where = restore_selection(explorer, initial_selection(explorer), last)
    return OpenRun(explorer, asked.start(explorer, where), last.layout, second)
