"""A drawing is a rectangle of single cells, whatever is written on it."""

import pytest

from grok_tui.render.cell_text import from_cells, to_cells
from grok_tui.render.cells import (
    Drawing,
    Span,
    Style,
    above,
    beside,
    fit,
    put,
    slice_line,
    tint_column,
    without_blank_end,
)

RED = Style("#ff0000")


def widths(drawing: Drawing) -> set[int]:
    return {sum(len(span.text) for span in line) for line in drawing.lines}


def test_lines_are_padded_and_cropped_to_one_width():
    drawing = Drawing.of_lines(["ab", "abcdef", ""], width=4)
    assert widths(drawing) == {4}
    assert drawing.plain() == "ab\nabcd\n"


def test_neighbours_of_equal_style_are_one_span():
    drawing = Drawing.of_lines([(Span("a", RED), Span("b", RED), Span("", RED), Span("c"))])
    assert drawing.lines == ((Span("ab", RED), Span("c")),)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a\x1b[2Jb", "a·[2Jb"),
        ("line\nbreak\ttab", "line·break·tab"),
        ("\x9b31m", "·31m"),
        ("right\u202eleft", "right·left"),
        ("e\u0301", "é"),
        ("文", "文"),
        ("\ud800", "·"),
        ("½ λ ▀ ⣿", "½ λ ▀ ⣿"),
    ],
)
def test_characters_that_control_a_terminal_are_replaced(text: str, cells: str):
    assert Drawing.of_lines([text]).plain() == cells
    assert put(Drawing.of_lines([" " * 20]), 0, 0, text).plain() == cells.rstrip()


def test_beside_and_above_pad_to_a_common_size():
    tall, wide = Drawing.of_lines(["a", "b", "c"]), Drawing.of_lines(["1234"])
    assert beside(tall, wide).plain() == "a 1234\nb\nc"
    assert above(tall, wide, gap=1).plain() == "a\nb\nc\n\n1234"
    assert widths(beside(tall, wide)) == {6}
    assert widths(above(tall, wide, gap=1)) == {4}


def test_beside_joins_equal_styles_at_the_seam():
    left, right = Drawing.of_lines([(Span("a", RED),)]), Drawing.of_lines([(Span("b", RED),)])
    assert beside(left, right, gap=0).lines == ((Span("ab", RED),),)


def test_fit_crops_and_pads_right_and_below():
    assert fit(Drawing.of_lines(["abc", "def"]), 2, 1).plain() == "ab"
    grown = fit(Drawing.of_lines(["abc"]), 5, 3)
    assert (grown.width, grown.height, widths(grown)) == (5, 3, {5})


def test_text_is_clipped_at_every_edge():
    drawing = Drawing.of_lines(["....", "...."])
    assert put(drawing, -1, 0, "abc", RED).plain() == "bc..\n...."
    assert put(drawing, 3, 1, "abc", RED).plain() == "....\n...a"
    assert put(drawing, 0, 2, "abc") == put(drawing, 9, 0, "abc") == drawing


def test_a_vertical_line_keeps_the_glyphs_that_it_crosses():
    drawing = Drawing.of_lines([" x ", (Span("a"), Span("•", RED), Span("b"))])
    cursor = Style("#00ff00", "#222222")
    tinted = tint_column(Drawing.of_lines(["   ", *drawing.lines]), 1, range(0, 3), "│", cursor)
    assert tinted.plain() == " │\n x\na•b"
    assert tinted.lines[2][1] == Span("•", Style("#ff0000", "#222222"))


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [(0, 5, "a文字"), (0, 4, "a文 "), (0, 2, "a "), (2, 5, " 字"), (2, 4, "  "), (1, 3, "文")],
)
def test_half_of_a_wide_character_is_a_blank(start: int, end: int, shown: str):
    (line,) = Drawing.of_lines(["a文字"]).lines
    cut = "".join(span.text for span in slice_line(line, start, end))
    assert (from_cells(cut), len(cut)) == (shown, end - start)


def test_wide_characters_take_two_cells():
    drawing = Drawing.of_lines(["文字", "ab"])
    assert (drawing.width, widths(drawing)) == (4, {4})
    assert drawing.plain() == "文字\nab"
    assert beside(drawing, Drawing.of_lines(["|", "|"])).plain() == "文字 |\nab   |"
    assert put(drawing, 1, 0, "x").plain() == " x字\nab"
    assert put(drawing, 3, 1, "文").plain() == "文字\nab"
    assert put(drawing, -1, 1, "文").plain() == "文字\n b"
    assert tint_column(drawing, 1, range(1), "|", RED).plain() == " |字\nab"


def test_cells_stay_as_they_are():
    assert to_cells(to_cells("a文e\u0301")) == to_cells("a文e\u0301")


def test_blank_lines_at_the_end_are_cut_unless_they_have_a_background() -> None:
    lines = ["", "one", "  ", "\u2800"]
    assert without_blank_end(Drawing.of_lines(lines, 5)).lines == Drawing.of_lines(lines[:2], 5).lines
    tinted = above(Drawing.of_lines(["one"], 5), Drawing.of_lines(["  "], 5, Style(bg="#ff0000")))
    assert without_blank_end(tinted) == tinted
    assert without_blank_end(Drawing.of_lines(["", ""], 5)).height == 0


def test_a_crop_leaves_no_part_of_a_number() -> None:
    drawing = Drawing.of_lines([(Span("0 to ", Style("#111111")), Span("4,040 ok", Style("#222222")))])
    assert fit(drawing, 10, 1).plain() == "0 to 4,040"
    assert fit(drawing, 9, 1).plain() == "0 to"
    assert fit(drawing, 9, 1).width == 9
    assert put(Drawing.of_lines([""], 8), 5, 0, "a 123").plain() == "     a"
    assert put(Drawing.of_lines([""], 8), 5, 0, "123").plain() == "     123"
