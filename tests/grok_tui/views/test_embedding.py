"""Two dimensions of the embedding over the tokens, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import UnknownQuery
from grok_tui.session.selection import initial_selection
from grok_tui.views import embedding
from tests.grok_tui.views.checks import assert_drawings, assert_table, weights_of

DIMENSION = 2


def test_two_neighbouring_dimensions(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    answer = embedding.query(prompt_run, replace(initial_selection(prompt_run), dimension=DIMENSION))
    assert_table(embedding.table(answer), ["token"], w.W_E[:p, DIMENSION : DIMENSION + 2])


def test_the_last_dimension_has_no_neighbour(explorer) -> None:
    last = replace(initial_selection(explorer), dimension=7)
    answer = embedding.query(explorer, last)
    assert "dimension 7 ·" in embedding.title(answer)
    assert embedding.table(answer).columns[-1].name == "dimension_7"
    with pytest.raises(UnknownQuery, match="dimensions 0 to 7"):
        embedding.query(explorer, replace(last, dimension=8))


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(embedding.VIEW, prompt_run, dimension=DIMENSION)
