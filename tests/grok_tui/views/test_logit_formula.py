"""The fit of the logits by cosines over epochs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from engine import Explorer
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.conftest import KEYS
from tests.grok_tui.views.view_queries import table_rows


def test_logit_formula_is_a_least_squares_fit(exact, at_epoch) -> None:
    tokens = torch.arange(7, dtype=torch.float64)
    phase = tokens[:, None, None] + at_epoch(0)[1].sign * tokens[None, :, None] - tokens
    design = torch.stack([(2 * math.pi * k * phase / 7).cos().flatten() for k in KEYS], dim=1)
    for row in table_rows(exact, "logit-formula"):
        logits = at_epoch(row["epoch"])[1].logits.flatten()
        centred = logits - logits.mean()
        fitted = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
        assert [row[f"c_{k}"] for k in KEYS] == pytest.approx(fitted.tolist())
        explained = 1 - (centred - design @ fitted).square().sum() / centred.square().sum()
        assert row["fraction_of_variance_explained"] == pytest.approx(explained.item(), abs=1e-9)


def test_the_chart_counts_the_points_that_a_log_axis_leaves_out(exact: Explorer) -> None:
    view = VIEWS["logit-formula"]
    answer = view.query(exact, replace(initial_selection(exact), log_y=True))
    hidden = sum(int((curve.values <= 0).sum()) for curve in answer.curves.curves if curve.column.startswith("c_"))
    assert hidden  # coefficients of both signs
    assert f"({hidden} points off the log axis)" in view.draw(answer, 120, 40, MONO).plain()
