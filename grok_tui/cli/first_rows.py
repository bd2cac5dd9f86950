"""The first rows of the table of runs, drawn on the splash screen: the table's app takes longer to start than they do.

They are drawn as the app draws them, at their place, but without colours: the theme is not known yet.
"""

from __future__ import annotations

from itertools import islice, takewhile
from time import perf_counter
from typing import TYPE_CHECKING

from engine.errors import GrokError
from grok_tui.export.pane import PaneContent
from grok_tui.render.formats.text_and_data import to_ansi
from grok_tui.render.palette import choose_palette
from grok_tui.run_views.run_table import VIEW
from grok_tui.run_views.run_view import show_runs
from grok_tui.run_views.table_height import table_lines
from grok_tui.session.runs_selection import RunsSelection

if TYPE_CHECKING:
    from grok_tui.app.run_source import RunSource

# Reading stops after so long: the app, which starts next, reads the others.
_SECONDS = 0.03
_MARGIN = 1  # columns left and right of the table in the app


def first_rows(source: RunSource, columns: int, lines: int, *, ascii_only: bool) -> str:
    """The table, with the rows that can be read in a moment, of a screen of this size.

    Empty if there are none, or if the app is to say why.
    """
    deadline = perf_counter() + _SECONDS
    try:
        in_time = takewhile(lambda _: perf_counter() < deadline, source.rows())
        rows = list(islice(in_time, lines))
    except GrokError:
        return ""
    if not rows:
        return ""
    runs = show_runs(rows, RunsSelection())
    palette = choose_palette(colours="none", markers="ascii" if ascii_only else "braille")
    content, height = PaneContent(VIEW, VIEW.query(runs)), table_lines(len(rows), lines - 2)
    drawing = content.draw(columns - 2 * _MARGIN, height, palette, focused=True)
    return "\n".join(" " * _MARGIN + line for line in to_ansi(drawing).split("\n"))
