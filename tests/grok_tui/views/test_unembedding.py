"""A dimension of the unembedding, its transform and all norms, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import unembedding
from tests.grok_tui.views.checks import assert_drawings, waves, weights_of

DIMENSION = 2


def test_the_row_its_transform_and_all_norms(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    answer = unembedding.query(prompt_run, replace(initial_selection(prompt_run), dimension=DIMENSION))
    row = w.W_U[DIMENSION, :p]
    expected = {
        "row": row,
        "row_squared": (waves(p) @ row).square(),
        "squared_norm": (waves(p) @ w.W_U[:, :p].T).square().sum(dim=1),
    }
    for quantity, values in expected.items():
        rows = [row for row in unembedding.table(answer).rows if row[0] == quantity]
        assert [row[1] if quantity == "row" else row[2] for row in rows] == list(range(p))
        assert [row[4] for row in rows] == pytest.approx(values.tolist(), abs=2e-5)


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(unembedding.VIEW, prompt_run, dimension=DIMENSION)
