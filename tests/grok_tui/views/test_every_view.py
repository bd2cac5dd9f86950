"""Properties of every view: its characters, its colours, its size."""

from __future__ import annotations

import pytest

from engine import Explorer
from grok_tui.render.palette import ASCII, MONO, Palette, choose_palette
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

SIZES = ((20, 6), (58, 18), (118, 38))


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("palette", [ASCII, choose_palette(markers="ascii")], ids=["plain", "coloured"])
def test_an_ascii_palette_draws_only_ascii(name: str, palette: Palette, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    for size in SIZES:
        assert VIEWS[name].draw(answer, *size, palette).plain().isascii()


@pytest.mark.parametrize("name", VIEWS)
def test_a_monochrome_palette_draws_no_colours(name: str, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    styles = {run.style for line in VIEWS[name].draw(answer, 100, 30, MONO).lines for run in line}
    assert {(style.fg, style.bg) for style in styles} <= {(None, None), ("#000000", None)}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("colours", ["256", "16"])
def test_every_palette_draws_every_view(name: str, colours, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    drawing = VIEWS[name].draw(answer, 58, 18, choose_palette(colours=colours, compact=colours == "16"))
    assert (drawing.width, drawing.height) == (58, 18)
