"""`grok-tui tour [RUN]`: the explorer with a tour; its texts if there is no terminal for it."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli.explore import show_on_screen
from grok_tui.cli.open_explorer import announce_own_code, open_explorer, selection_from_options
from grok_tui.cli.options import (
    DEFAULT_DISPLAY,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    DisplayOptions,
    EngineOptions,
    Record,
    RunArgument,
    RunOptions,
)
from grok_tui.cli.output import check_readings, choose_encoding, deliver, narrate, narrate_warnings, waiting_line
from grok_tui.cli.run_opener import RunOpener, TourRequest
from grok_tui.cli.suggestions import require_run
from grok_tui.session.keymap import key_label
from grok_tui.session.settings import read_settings, settings_path, with_overrides
from grok_tui.terminal.capabilities import explorer_obstacle, terminal_capabilities
from grok_tui.terminal.display import limit_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Explorer
    from grok_tui.session.selection import Selection
    from grok_tui.tour.stops import Tour


def tour(
    run: RunArgument = None,
    /,
    *,
    tour: Annotated[
        Path | None, Parameter(help="a tour of your own, a TOML file; default: that of the study", metavar="FILE")
    ] = None,
    restart: Annotated[bool, Parameter(help="begin at the first stop, not where the tour was left")] = False,
    display: DisplayOptions = DEFAULT_DISPLAY,
    record: Record = None,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Show RUN with a tour; without a terminal, print the texts of the tour."""
    from grok_tui.tour.stops import load_tour

    require_run(run)
    stops = load_tour(tour)  # a mistake in the file is an error before the explorer takes the screen
    choose_encoding(display.ascii)
    settings = with_overrides(read_settings(settings_path()), display.settings)
    engine_options = engine_options.with_defaults(settings)
    terminal = terminal_capabilities(os.environ.get("TERM", ""))
    obstacle = explorer_obstacle(terminal)
    if sys.stdout.isatty() and obstacle is None:
        announce_own_code(run_options)
        settings = limit_colours(settings, terminal.has_colours)
        request = TourRequest(None if tour is None else str(tour.absolute()), restart)
        show_on_screen(RunOpener(run, run_options, engine_options, settings, tour=request), None, settings, record)
    if record is not None:
        raise WrongUsage("--record records the explorer, which needs a terminal; leave out --record.")
    if sys.stdout.isatty():
        narrate(f"{obstacle}, so these are the texts of the tour, not the explorer.")
    explorer = open_explorer(run, run_options, engine_options)
    narrate_warnings(explorer)
    check_readings(explorer, None, force=run_options.force_reading)
    reference_epoch = engine_options.reference_epoch
    selection = selection_from_options(explorer, options=DEFAULT_SELECTION, reference_epoch=reference_epoch)
    with waiting_line("Computing the metrics of all checkpoints."):
        text = tour_text(stops, explorer, selection, settings.keys)
    deliver(text, None)
    return 0


def tour_text(tour: Tour, explorer: Explorer, selection: Selection, keys: Mapping[str, str]) -> str:
    """The texts of a tour on a run, stop by stop."""
    from grok_tui.tour.resolve import needs_run_metrics, resolve

    label = partial(_label, keys)
    parts = [tour.title]
    for number, stop in enumerate(tour.stops, start=1):
        if needs_run_metrics(stop, explorer):
            for _ in explorer.run_metrics(selection.reference_epoch).steps():
                pass
        resolved = resolve(stop, explorer, selection, label)
        place = f"{number}. {stop.title} (view {stop.view}, epoch {resolved.selected['epoch']:,})"
        parts.append("\n".join([place, *resolved.sentences, f"Try {label(resolved.key)}: {resolved.hint}."]))
    return "\n\n".join(parts) + "\n"


def _label(keys: Mapping[str, str], action_id: str) -> str:
    return key_label(action_id, keys)
