"""An update writes the cells that it is about, and no others."""

from __future__ import annotations

import os
import re
import signal

import pytest
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from grok_tui.app.cropped_update import CroppedUpdate
from tests.grok_tui.app.explored_images import COLUMNS, KITTY, ROWS, Explored
from tests.grok_tui.kitty_screen import KittyScreen

LINES = ["left pane |right pane", "LEFT 文字 |RIGHT PANE"]
WIDTH = 21


def update(*spans: tuple[int, int, int]) -> str:
    """What is written for spans (row, first column, end) of two widgets side by side."""
    chops = [{0: Strip([Segment(line[:-10])]), 11: Strip([Segment(line[-10:])])} for line in LINES]
    return CroppedUpdate(chops, list(spans), [[11, WIDTH], [11, WIDTH]]).render_segments(Console())


@pytest.mark.parametrize(
    ("spans", "written"),
    [
        ([(0, 12, 16)], [(1, 13, "ight")]),
        ([(0, 0, 21)], [(1, 1, "left pane |"), (1, 12, "right pane")]),
        ([(0, 4, 13), (0, 19, 21)], [(1, 5, " pane |"), (1, 12, "ri"), (1, 20, "ne")]),
        ([(1, 5, 9)], [(2, 6, "文字")]),
        ([(1, 5, 6)], [(2, 6, " ")]),
    ],
)
def test_the_cells_of_the_spans_are_written_where_they_are(spans, written) -> None:
    pieces = re.findall(r"\x1b\[(\d+);(\d+)H([^\x1b]*)", update(*spans))
    assert [(int(row), int(column), text) for row, column, text in pieces] == written


# None of them shows a notification, which would go by itself.
_KEYS = ("\x1b[C", "j", "]", "2", "j\x1b[C", "7", "jb", "1", "c\x1b[C\x1b[B", "\x1b")


@pytest.mark.parametrize("options", [("--graphics", "none"), ("--graphics", "kitty")], ids=lambda options: options[1])
def test_a_terminal_shows_what_it_shows_after_all_is_written_again(options) -> None:
    """SIGCONT has the whole screen written again."""
    explored = Explored(*options, screen=KittyScreen(COLUMNS, ROWS), answers=KITTY)
    for keys in _KEYS:
        explored.press(keys)
        before = dict(explored.screen.cells)
        os.kill(explored.terminal.pid, signal.SIGCONT)
        explored.settle()
        changed = {place: (cell, explored.screen.cells.get(place)) for place, cell in before.items()}
        assert {place: cells for place, cells in changed.items() if cells[0] != cells[1]} == {}, keys
    explored.quit()
