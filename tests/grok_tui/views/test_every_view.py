"""What holds for every view, whatever it shows."""

from __future__ import annotations

import pytest

from engine import Explorer
from grok_tui.render.palette import ASCII, MONO, Palette, choose_palette
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.token_maps import order_note

SIZES = ((20, 6), (58, 18), (118, 38))


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("palette", [ASCII, choose_palette(markers="ascii")], ids=["plain", "coloured"])
def test_in_ascii_nothing_else_is_drawn(name: str, palette: Palette, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    for size in SIZES:
        assert VIEWS[name].draw(answer, *size, palette).plain().isascii()


@pytest.mark.parametrize("name", VIEWS)
def test_without_colour_no_cell_has_one(name: str, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    styles = {run.style for line in VIEWS[name].draw(answer, 100, 30, MONO).lines for run in line}
    assert {(style.fg, style.bg) for style in styles} <= {(None, None), ("#000000", None)}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("colours", ["256", "16"])
def test_every_palette_draws_every_view(name: str, colours, measured: Explorer):
    answer = VIEWS[name].query(measured, initial_selection(measured, neuron=3))
    drawing = VIEWS[name].draw(answer, 58, 18, choose_palette(colours=colours, compact=colours == "16"))
    assert (drawing.width, drawing.height) == (58, 18)


@pytest.mark.parametrize("width", [36, 50, 90])
def test_the_note_on_the_order_of_tokens_is_never_cut(width: int) -> None:
    for unwrapped_by in (None, 52):
        note = order_note(113, width - 6, width, 52, unwrapped_by)
        assert len(note) <= width
        assert note.startswith("unwrapped: " if unwrapped_by else ("natural order", "aliased"))
