"""Figures: the numbers that are drawn, their colours and sizes, and the file around them."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from grok_tui.export.figures.answer import figure_of_answer
from grok_tui.export.figures.options import FIGURE_FORMATS, FigureStyle, NoFigure, require_matplotlib
from grok_tui.queries.provenance import provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.palette import DARK, LIGHT
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

_NOT_DESCRIBED: set[str] = set()


def shown(figure):
    """The axes that draw something, without those of texts and colour scales."""
    return [axes for axes in figure.axes if axes.axison and axes.get_label() != "<colorbar>"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", sorted(set(VIEWS) - _NOT_DESCRIBED))
def test_every_view_has_a_figure(figure_of, name, dark) -> None:
    figure, _ = figure_of(name, dark=dark)
    assert figure.axes
    assert figure.get_facecolor() == pytest.approx(_rgba(DARK.background if dark else "#ffffff"))


@pytest.mark.parametrize("name", sorted(_NOT_DESCRIBED))
def test_a_view_that_is_not_described_says_what_to_do(figure_of, name) -> None:
    with pytest.raises(NoFigure, match="--format svg-screen"):
        figure_of(name)


def test_curves_have_the_numbers_of_the_table_and_the_colours_of_the_palette(figure_of) -> None:
    figure, answer = figure_of("losses")
    (axes,) = shown(figure)
    train, test = axes.get_lines()[:2]
    columns = list(zip(*VIEWS["losses"].table(answer).rows, strict=True))
    for line, values, colour in ((train, columns[1], 0), (test, columns[2], 1)):
        known = [(epoch, value) for epoch, value in zip(columns[0], values, strict=True) if value is not None]
        assert list(zip(*line.get_data(), strict=True)) == known
        assert line.get_color() == LIGHT.series[colour]
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == "epoch"
    assert axes.get_ylabel() == "loss (nats)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train", "test"]


def test_a_map_has_a_rectangle_for_each_value_with_its_number(figure_of) -> None:
    figure, answer = figure_of("neuron")
    before, after = (axes.collections[0] for axes in shown(figure))
    for mesh, grid in ((before, answer.pre), (after, answer.post)):
        assert mesh.get_coordinates().shape == (8, 8, 2)
        np.testing.assert_array_equal(mesh.get_array().reshape(7, 7), grid.T)  # y down, x across
    columns = VIEWS["neuron"].table(answer).rows
    assert {(x, y): after.get_array().reshape(7, 7)[y, x] for x, y, _ in columns} == {
        (x, y): value for x, y, value in columns
    }
    assert all(axes.yaxis_inverted() for axes in shown(figure))


def test_bars_have_the_energies_and_the_colours_of_the_key_frequencies(figure_of) -> None:
    figure, answer = figure_of("spectrum")
    _, axes = shown(figure)
    bars = axes.containers[0]
    assert [bar.get_height() for bar in bars] == answer.energy.tolist()
    assert [round(bar.get_x() + bar.get_width() / 2) for bar in bars] == [1, 2, 3]
    for k, bar in enumerate(bars, 1):
        colour = LIGHT.series[frequency_colour(k, answer.keys) if k in answer.keys else 0]
        assert bar.get_facecolor() == pytest.approx(_rgba(colour))


def test_a_table_has_the_texts_of_its_cells(figure_of) -> None:
    figure, answer = figure_of("clusters")
    texts = {text.get_text() for axes in figure.axes for text in axes.texts}
    table = VIEWS["clusters"].table(answer)
    (neurons,) = (index for index, column in enumerate(table.columns) if column.name == "neurons")
    assert {"neurons", "rest", *(f"{row[neurons]:,d}" for row in table.rows)} <= texts


def test_the_width_and_the_font_size_are_those_of_the_style(figure_of) -> None:
    figure, _ = figure_of("losses", width_cm=8.6, font_size=6)
    assert figure.get_figwidth() == pytest.approx(8.6 / 2.54)
    assert shown(figure)[0].xaxis.label.get_size() == 6
    wide, _ = figure_of("losses", width_cm=16)
    assert wide.get_figwidth() == pytest.approx(16 / 2.54)


def test_the_caption_is_left_out_on_request(figure_of) -> None:
    with_caption, _ = figure_of("losses")
    without, _ = figure_of("losses", caption=False)
    assert "run tiny" in {text.get_text() for text in with_caption.texts}
    assert "run tiny" not in {text.get_text() for text in without.texts}
    assert without.get_figheight() < with_caption.get_figheight()


@pytest.mark.parametrize("form", FIGURE_FORMATS)
def test_a_file_has_its_provenance_and_the_same_bytes_twice(measured, form) -> None:
    view, selection = VIEWS["losses"], initial_selection(measured)
    answer, provenance = answer_view(view, measured, selection), provenance_of(measured, selection, [view])
    data, again = (figure_of_answer(view, answer, provenance, form, FigureStyle(caption=False)) for _ in range(2))
    assert data == again
    assert data.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[form])
    if form == "svg":
        root = ElementTree.fromstring(data)
        (identifier,) = root.iter("{http://purl.org/dc/elements/1.1/}identifier")
        assert json.loads(identifier.text)["run"] == provenance["run"]
    else:
        assert provenance["run"].encode() in data
        assert f"grok-tui {provenance['version']}".encode() in data


def test_the_curves_of_an_svg_are_paths_and_its_texts_are_texts(measured) -> None:
    view, selection = VIEWS["losses"], initial_selection(measured)
    answer, provenance = answer_view(view, measured, selection), provenance_of(measured, selection, [view])
    svg = figure_of_answer(view, answer, provenance, "svg").decode()
    assert "<image" not in svg
    assert len(re.findall(r"<path", svg)) > 2
    assert re.search(r"<text[^>]*>loss \(nats\)</text>", svg)


def test_without_matplotlib_one_sentence_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr("grok_tui.export.figures.options.find_spec", lambda name: None)
    with pytest.raises(NoFigure, match=re.escape("pip install 'grok-tui[figures]'")):
        require_matplotlib("pdf")


def _rgba(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgba

    return to_rgba(colour)
