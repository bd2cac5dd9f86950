"""OV circuits of one neuron, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine import Explorer
from grok_tui.render.palette import MONO
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.views import ov
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, assert_table, waves, weights_of

NEURON = 5


def selection_of(explorer: Explorer, **fields: str) -> Selection:
    return replace(initial_selection(explorer), neuron=NEURON, **fields)


def test_the_input_of_the_neuron_from_each_head(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    expected = torch.stack([w.W_E[:p] @ w.W_V[h] @ w.W_O[h] @ w.W_in[:, NEURON] for h in range(2)], dim=1)
    answer = ov.query(prompt_run, selection_of(prompt_run))
    assert_table(ov.table(answer), ["token"], expected)
    for head, line in enumerate(answer.heads):
        squares = (waves(p) @ expected[:, head]).square()
        energy = torch.stack([squares[plain.components(p, k)[1:]].sum() for k in range(1, p // 2 + 1)])
        assert line.frequency == energy.argmax().item() + 1
        assert line.share == pytest.approx((energy.max() / energy.sum()).item(), abs=1e-5)


def test_in_natural_order_each_head_has_its_own_panel(explorer) -> None:
    natural, unwrapped = (
        ov.draw(ov.query(explorer, selection_of(explorer, order=order)), 100, 30, MONO).plain().splitlines()
        for order in ("natural", "unwrapped")
    )
    assert sum("━━ head" in line for line in natural) == 2
    assert sum("head 0" in line and "head 1" in line for line in unwrapped) == 1


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(ov.VIEW, prompt_run, neuron=NEURON, head=1)
    assert_drawings(ov.VIEW, prompt_run, neuron=0)


def test_a_pane_that_shows_one_head_says_how_many_more_there_are(explorer) -> None:
    answer = ov.query(explorer, initial_selection(explorer))
    low, high = (ov.draw(answer, 60, height, MONO).plain() for height in (8, 20))
    assert "1 more in a larger pane" in low
    assert "more" not in high
