"""One input's logits and the logit formula, against plain float64 definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import pair
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 6)])
def test_logits_and_formula(varied_run, x, y) -> None:
    selection = replace(initial_selection(varied_run), x=x, y=y)
    forward, keys = forward_of(varied_run, selection), varied_run.keys(selection.reference_epoch)
    p = varied_run.run.config.p
    answer = pair.query(varied_run, selection)
    table = pair.table(answer)
    assert column_names(table) == ["z", "logit", "formula", *(f"part_{k}" for k in keys)]
    tokens = torch.arange(p, dtype=torch.float64)
    parts = []
    for k in keys:
        wave = torch.cos(2 * math.pi * k / p * (tokens[:, None, None] + forward.sign * tokens[None, :, None] - tokens))
        c = (wave * forward.logits).sum() / wave.square().sum()
        parts.append((c * wave[x, y]).tolist())
    logits = forward.logits[x, y] - forward.logits[x, y].mean()
    assert [row[0] for row in table.rows] == list(range(p))
    assert [row[1] for row in table.rows] == pytest.approx(logits.tolist(), abs=1e-5)
    assert [row[2] for row in table.rows] == pytest.approx(np.sum(parts, axis=0).tolist(), abs=1e-5)
    for index, part in enumerate(parts):
        assert [row[3 + index] for row in table.rows] == pytest.approx(part, abs=1e-5)
    text = pair.draw(answer, 100, 30, MONO).plain()
    assert f"{x} {'+' if forward.sign == 1 else '-'} {y} = {(x + forward.sign * y) % p} (mod {p})" in text
    assert f"network predicts {int(logits.argmax())}" in text


def test_without_key_frequencies_the_formula_is_absent(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[])
    answer = pair.query(explorer, initial_selection(explorer))
    assert [row[2] for row in pair.table(answer).rows] == [None] * 7
    assert "formula predicts" not in pair.draw(answer, 60, 20, MONO).plain()


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(pair.VIEW, varied_run)
