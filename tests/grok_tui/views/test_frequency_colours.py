"""The clusters table is the legend: its colour of a key frequency is that of every view."""

from __future__ import annotations

import pytest

from grok_tui.render.cells import Drawing, slice_line
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.palette import DARK
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.view_queries import measure

KEYS = (1, 2, 3)
EXPECTED = {k: DARK.series[frequency_colour(k, KEYS)] for k in KEYS}


def drawing_of(explorer, name: str) -> Drawing:
    view = VIEWS[name]
    return view.draw(view.query(explorer, initial_selection(explorer)), 120, 30, DARK)


def colours_of(drawing: Drawing, text: str) -> set[str | None]:
    """The colours in which a text is drawn, without those of running text."""
    found: set[str | None] = set()
    for line in drawing.lines:
        whole = "".join(span.text for span in line)
        start = whole.find(text)
        if start >= 0:
            found |= {span.style.fg for span in slice_line(line, start, start + len(text)) if span.text.strip()}
    return found - {DARK.foreground, DARK.muted}


def test_the_frequencies_in_the_clusters_table_have_their_colours(explorer) -> None:
    lines = drawing_of(explorer, "clusters").lines
    assert [line[0].style.fg for line in lines[1:4]] == list(EXPECTED.values())


@pytest.mark.parametrize(("name", "label"), [("progress", "━━ {}"), ("logit-formula", "c_{}")])
def test_curves_of_key_frequencies_have_their_colours(explorer, name, label) -> None:
    measure(explorer)
    drawing = drawing_of(explorer, name)
    for k in KEYS:
        assert colours_of(drawing, label.format(k)) == {EXPECTED[k]}


@pytest.mark.parametrize("name", ["spectrum", "mean-spectrum", "embedding-spectrum", "embedding-norms"])
def test_pointers_to_key_frequencies_have_their_colours(explorer, name) -> None:
    spans = [span for line in drawing_of(explorer, name).lines for span in line if "▲" in span.text]
    assert {span.style.fg for span in spans} == set(EXPECTED.values())
