"""A truncated drawing says how many lines are hidden."""

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import ASCII, DARK
from grok_tui.render.truncation import truncate_with_note

FIVE = Drawing.of_lines(["1", "2", "3", "4", "5"])


def test_the_last_line_counts_the_hidden_lines():
    assert truncate_with_note(FIVE, 40, 3, DARK).plain() == "1\n2\n… 3 more lines in a larger pane"
    assert truncate_with_note(FIVE, 40, 3, ASCII).plain().isascii()


def test_the_note_is_never_cut():
    notes = [truncate_with_note(FIVE, width, 3, DARK).plain().split("\n")[-1] for width in (34, 33, 14, 13, 8, 7)]
    assert [note.rstrip() for note in notes] == [
        "… 3 more lines in a larger pane",
        "… 3 more lines in a larger pane",
        "… 3 more lines",
        "… 3 more",
        "… 3 more",
        "…",
    ]


def test_a_drawing_that_fits_has_no_note():
    drawing = truncate_with_note(FIVE, 4, 6, DARK)
    assert (drawing.width, drawing.height) == (4, 6)
    assert drawing.plain() == "1\n2\n3\n4\n5\n"


def test_a_single_line_has_no_room_for_a_note():
    assert truncate_with_note(FIVE, 40, 1, DARK).plain() == "1"
