"""Which cells of the screen show an image, read from the output."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.terminal.image_cells import CellRun, ImageCells, Written
from grok_tui.terminal.kitty_graphics import placeholder


def cell(row: int, column: int, number: int = 20) -> str:
    return f"\x1b[38;2;0;0;{number};48;2;1;2;3m{placeholder(row, column)}\x1b[0m"


def image_at(top: int, left: int, rows: int = 3, columns: int = 4, number: int = 20) -> str:
    """The output that writes the cells of an image; its top left cell is at (top, left), from 0."""
    lines = (
        f"\x1b[{top + row + 1};{left + 1}H" + "".join(cell(row, column, number) for column in range(columns))
        for row in range(rows)
    )
    return "\n".join(lines)


def test_placeholders_become_blanks_with_their_background() -> None:
    cells = ImageCells()
    assert cells.read("\x1b[5;7H" + cell(0, 0)) == "\x1b[5;7H\x1b[38;2;0;0;20;48;2;1;2;3m \x1b[0m"
    place = cells.places[20]
    assert (place.row, place.column) == (4, 6)


def test_a_number_in_a_colour_of_256_is_read_as_well() -> None:
    cells = ImageCells()
    cells.read(f"\x1b[5;7H\x1b[1;38;5;33;48;5;7m{placeholder(2, 1)}\x1b[0m")
    assert (cells.places[33].row, cells.places[33].column) == (2, 5)


def test_text_removes_the_cells_below_it() -> None:
    cells = ImageCells()
    cells.read(image_at(2, 5))
    assert cells.shown(20, 4, 3).all()
    cells.take_written()
    cells.read("\x1b[4;7H\x1b[1mäb\x1b[0m")
    assert (np.argwhere(~cells.shown(20, 4, 3)) == [[1, 1], [1, 2]]).all()
    written = cells.take_written()
    assert written is not None
    assert written.covered == {20}
    assert written.image_cells == {}


def test_wide_characters_remove_two_cells() -> None:
    cells = ImageCells()
    cells.read(image_at(0, 0))
    cells.read("\x1b[1;1H界")
    assert cells.shown(20, 4, 3)[0].tolist() == [False, False, True, True]


def test_a_cell_that_shows_the_same_is_skipped() -> None:
    cells = ImageCells()
    cells.read(image_at(2, 5))
    cells.take_written()
    assert "\x1b[4C" in cells.read(image_at(2, 5))
    assert cells.take_written() == Written({}, set())
    cells.read("\x1b[3;6Hx")
    again = cells.read(image_at(2, 5))
    assert again.count(" ") == 1
    written = cells.take_written()
    assert written is not None
    assert written.image_cells == {20: [CellRun(0, 0, 1)]}


def test_an_image_elsewhere_is_written_anew() -> None:
    cells = ImageCells()
    cells.read(image_at(2, 5))
    moved = cells.read(image_at(3, 5))
    assert moved.count(" ") == 12
    assert cells.shown(20, 4, 3).all()


@pytest.mark.parametrize("clearing", ["\x1b[2J", "\x1b[?1049l"])
def test_a_cleared_screen_shows_no_image(clearing: str) -> None:
    cells = ImageCells()
    cells.read(image_at(2, 5))
    assert cells.read(clearing) == clearing
    assert cells.places == {}


def test_blanks_clear_exactly_the_cells_of_an_image() -> None:
    cells = ImageCells()
    cells.read(image_at(2, 5))
    cells.read("\x1b[3;7Hx")
    blanks = cells.blanks(20)
    assert blanks == "\x1b[38;2;0;0;20;48;2;1;2;3m\x1b[3;6H \x1b[3;8H  \x1b[4;6H    \x1b[5;6H    \x1b[0m"
    cells.read(blanks)
    assert not cells.shown(20, 4, 3).any()


def test_other_sequences_write_no_cells() -> None:
    cells = ImageCells()
    cells.read(image_at(0, 0))
    cells.take_written()
    output = "\x1b[1;1H\x1b[?2026h\x1b]22;default\x07\x1b]8;;https://x\x1b\\\x1bP+q544e\x1b\\\x1b[>1u\x1b7"
    assert cells.read(output) == output
    assert cells.take_written() is None
    assert cells.shown(20, 4, 3).all()
