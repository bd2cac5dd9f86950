"""Answers rendered in every format, with their provenance."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from grok_tui.export.render import FORMATS, Format, TextFormat, render_answer
from grok_tui.queries.provenance import provenance_lines, provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.formats.text_and_data import to_csv
from grok_tui.render.table import with_labels
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

CLUSTERS = VIEWS["clusters"]


@pytest.mark.parametrize("form", get_args(TextFormat))
def test_all_formats_but_csv_have_title_and_provenance(explorer, form) -> None:
    selection = initial_selection(explorer)
    answer = answer_view(CLUSTERS, explorer, selection)
    provenance = provenance_of(explorer, selection, [CLUSTERS])
    text = render_answer(CLUSTERS, answer, provenance, 60, 12, form)
    if form == "csv":
        assert text == to_csv(with_labels(CLUSTERS.table(answer)))
    elif form == "json":
        content = json.loads(text)
        assert (content["view"], content["provenance"]) == ("clusters", provenance)
        assert content["rows"] == [list(row) for row in with_labels(CLUSTERS.table(answer)).rows]
    elif form == "tex":
        assert text.splitlines()[:2] == [
            f"% {line}" for line in (CLUSTERS.title(answer), provenance_lines(provenance)[0])
        ]
    else:
        assert CLUSTERS.title(answer) in text
        if form == "svg-screen":  # as its name and above the window, not once more in it
            assert text.count(CLUSTERS.title(answer)) == 2
        assert form == "svg-screen" or all(line in text for line in provenance_lines(provenance))


def test_every_format_but_a_picture_of_the_terminal_has_a_file_extension() -> None:
    formats = {name for group in get_args(Format) for name in get_args(group)}
    assert set(FORMATS.values()) == formats - {"svg-screen"}
