"""One neuron over all pairs, against a plain float64 forward pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import DARK, MONO
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


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(neuron.VIEW, prompt_run, neuron=NEURON)
    assert_drawings(neuron.VIEW, prompt_run, neuron=0)
