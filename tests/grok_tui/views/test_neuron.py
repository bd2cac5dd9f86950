"""One neuron over all pairs, against a plain float64 forward pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import DARK, MONO
from grok_tui.render.readout import format_value
from grok_tui.session.selection import initial_selection
from grok_tui.views import neuron
from tests.grok_tui.views.checks import assert_drawings, assert_grid, forward_of

NEURON = 5
DEMO = Path(__file__).parents[3] / "grok_tui" / "demo"


def test_the_table_has_the_activation(varied_run) -> None:
    selection = replace(initial_selection(varied_run), neuron=NEURON)
    answer, forward = neuron.query(varied_run, selection), forward_of(varied_run, selection)
    assert_grid(neuron.table(answer), ["x", "y", "value"], forward.post[..., NEURON])
    assert answer.pre.flatten().tolist() == pytest.approx(forward.pre[..., NEURON].flatten().tolist(), abs=1e-5)


def test_a_wide_pane_has_pre_and_post(explorer) -> None:
    answer = neuron.query(explorer, replace(initial_selection(explorer), neuron=NEURON))
    wide, narrow = (neuron.draw(answer, width, 24, MONO).plain() for width in (100, 60))
    assert "pre: before the nonlinearity" in wide
    assert "post: after it" in wide
    assert "pre:" not in narrow


def test_pre_is_above_post_where_the_maps_are_larger_so() -> None:
    explorer = Explorer(open_run(DEMO))
    answer = neuron.query(explorer, initial_selection(explorer))
    for width, height, stacked in ((118, 36, False), (238, 122, True)):
        lines = neuron.draw(answer, width, height, DARK).plain().splitlines()
        pre = next(line for line in lines if "pre: before" in line)
        assert ("post: after" not in pre) == stacked
        assert any("needs 113 columns, here are" in line for line in lines) != stacked


@pytest.mark.parametrize(
    ("activation", "labels"), [("pre", ["pre: "]), ("post", ["post: "]), ("both", ["pre: ", "post: "])]
)
@pytest.mark.parametrize("size", [(38, 14), (100, 24)])
def test_pre_post_or_both_can_be_chosen_at_any_width(explorer, activation, labels, size) -> None:
    selection = replace(initial_selection(explorer), neuron=NEURON, activation=activation)
    answer = neuron.query(explorer, selection)
    text = neuron.draw(answer, *size, MONO).plain()
    assert [label for label in ("pre: ", "post: ") if label in text] == labels
    values = answer.pre if activation == "pre" else answer.post
    assert [row[2] for row in neuron.table(answer).rows] == values.flatten().tolist()
    assert ("pre-activation" in neuron.title(answer)) == (activation == "pre")


@pytest.mark.parametrize("palette", [DARK, MONO], ids=lambda palette: palette.name)
@pytest.mark.parametrize("first", [(0, 0), (30, 7), (112, 112)])
def test_a_window_shows_each_of_its_tokens_in_natural_order(palette, first) -> None:
    explorer = Explorer(open_run(DEMO))
    selection = replace(initial_selection(explorer), window=first)
    answer, whole = neuron.query(explorer, selection), neuron.query(explorer, replace(selection, window=None))
    drawing = neuron.draw(answer, 58, 24, palette)
    (area,) = drawing.areas
    columns, rows = area.width, area.height * palette.rows_per_cell
    x, y = min(first[0], 113 - columns), min(first[1], 113 - rows)
    readouts = [area.read(column, row) for row in range(area.height) for column in range(columns)]
    assert {one.target.x for one in readouts} == set(range(x, x + columns))
    assert {one.target.y for one in readouts} <= set(range(y, y + rows))
    for one in readouts:
        assert f"x {one.target.x}, y {one.target.y}: {format_value(answer.post[one.target.pair])}" in one.text
    note = drawing.plain().splitlines()[-1]
    assert f"x {x} to {x + columns - 1}, y {y} to {y + rows - 1}" in note
    assert "false pattern" not in note
    assert "false pattern" in neuron.draw(whole, 58, 24, palette).plain()


def test_a_window_of_a_small_modulus_is_the_whole_map(explorer) -> None:
    start = initial_selection(explorer)
    answers = [neuron.query(explorer, replace(start, window=window)) for window in (None, (3, 3))]
    drawings = [neuron.draw(answer, 60, 24, DARK) for answer in answers]
    assert drawings[0] == drawings[1]


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(neuron.VIEW, prompt_run, neuron=NEURON)
    assert_drawings(neuron.VIEW, prompt_run, neuron=0)
