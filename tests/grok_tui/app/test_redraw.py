"""`ctrl+l` writes the whole screen again, as in other programs of the terminal."""

from __future__ import annotations

import pytest

from tests.grok_tui.app.explored_images import COLUMNS, KITTY, ROWS, Explored
from tests.grok_tui.kitty_screen import KittyScreen


@pytest.mark.parametrize("options", [("--graphics", "none"), ("--graphics", "kitty")], ids=lambda options: options[1])
def test_what_another_program_wrote_is_gone(options) -> None:
    explored = Explored(*options, screen=KittyScreen(COLUMNS, ROWS), answers=KITTY)
    before = dict(explored.screen.cells)
    explored.screen.write(b"\x1b[5;20Ha message to all terminals\x1b[30;3Hand its second line")
    assert explored.screen.cells != before
    explored.press("\x0c")
    assert explored.screen.cells == before
    explored.quit()
