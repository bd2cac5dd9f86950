"""Two dimensions of the embedding by Fourier component, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

from grok_tui.session.selection import initial_selection
from grok_tui.views import embedding_spectrum
from tests.grok_tui.views.checks import assert_drawings, assert_table, column_names, waves, weights_of

DIMENSION = 2


def test_the_squared_transform_of_two_dimensions(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    answer = embedding_spectrum.query(prompt_run, replace(initial_selection(prompt_run), dimension=DIMENSION))
    table = embedding_spectrum.table(answer)
    expected = (waves(p) @ w.W_E[:p, DIMENSION : DIMENSION + 2]).square()
    assert_table(table, ["component", "name"], expected)
    assert column_names(table)[2:] == ["dimension_2", "dimension_3"]


def test_the_last_dimension_has_no_neighbour(explorer) -> None:
    answer = embedding_spectrum.query(explorer, replace(initial_selection(explorer), dimension=7))
    assert "dimension 7 ·" in embedding_spectrum.title(answer)
    assert column_names(embedding_spectrum.table(answer))[2:] == ["dimension_7"]


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(embedding_spectrum.VIEW, prompt_run, dimension=DIMENSION)
