"""An SVG export is well formed and self-contained; text is text, blocks and dots are shapes."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, Span, Style
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.formats.svg import to_svg
from grok_tui.render.palette import DARK, LIGHT, MONO, Palette


@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO], ids=lambda p: p.name)
def test_an_image_is_well_formed_and_self_contained(palette: Palette):
    losses = line_chart([Series("<train> & test", np.arange(9.0), np.arange(9.0))], 60, 20, palette)
    svg = to_svg(losses.drawing, palette, title="a < b & c \x00")
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "a < b & c ·"
    assert "<train>" in texts
    assert not re.search(r"href|url\(|@import", svg)


def test_words_are_placed_on_their_cells_and_half_blocks_are_rectangles():
    drawing = Drawing.of_lines([(Span("ab cd"), Span("▀▀", Style("#ff0000", "#0000ff")))])
    svg = to_svg(drawing, DARK)
    assert re.search(r'<text x="27" [^>]*textLength="18"[^>]*>cd</text>', svg)
    assert '<rect x="45" y="0" width="18" height="18" fill="#0000ff"/>' in svg
    assert re.search(r'<rect x="45" y="0" width="18" height="9" fill="#ff0000"', svg)
    assert "▀" not in svg


def test_equal_backgrounds_of_consecutive_lines_are_one_rectangle():
    red = Style(None, "#ff0000")
    svg = to_svg(Drawing.of_lines([(Span("  ", red),), (Span("  ", red),), (Span(" ", red),)], 2), DARK)
    assert re.findall(r'<rect x="0" y="(\d+)" width="(\d+)" height="(\d+)" fill="#ff0000"/>', svg) == [
        ("0", "18", "36"),
        ("36", "9", "18"),
    ]


def test_braille_dots_and_frame_lines_are_paths():
    paths = re.findall(r'<path d="([^"]*)"', to_svg(Drawing.of_lines(["⠁└"]), DARK))
    assert paths == ["M2.5 2.5h0", "M13.5 9.5L13.5 0M13.5 9.5L18 9.5"]


def test_wide_letters_are_text_over_their_cells():
    texts = re.findall(
        r'<text x="(\d+)"[^>]*textLength="(\d+)"[^>]*>([^<]*)', to_svg(Drawing.of_lines(["文字 a"]), DARK)
    )
    assert texts == [("0", "36", "文字"), ("45", "9", "a")]
