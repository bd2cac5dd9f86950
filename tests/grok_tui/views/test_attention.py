"""Attention by head over all inputs, against a plain float64 forward pass."""

from __future__ import annotations

import pytest

from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import attention
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of


def test_mean_deviation_and_range(prompt_run) -> None:
    selection = initial_selection(prompt_run)
    pattern = forward_of(prompt_run, selection).pattern
    table = attention.table(attention.query(prompt_run, selection))
    assert column_names(table) == ["head", "position", "token", "mean", "deviation", "low", "high"]
    assert len(table.rows) == pattern.shape[2] * pattern.shape[3]
    tokens = prompt_run.run.config.prompt.describe(prompt_run.run.config.p).split()
    for head, position, token, *numbers in table.rows:
        values = pattern[:, :, head, position]
        assert token == tokens[position]
        expected = (values.mean(), values.std(correction=0), values.min(), values.max())
        assert numbers == pytest.approx([value.item() for value in expected], abs=1e-6)


def test_a_wide_pane_has_mean_deviation_and_range(explorer) -> None:
    answer = attention.query(explorer, initial_selection(explorer))
    text = attention.draw(answer, 100, 30, MONO).plain()
    assert "mean  ±dev.   low–high" in text
    assert text.count(f"{answer.mean[1, 2]:.3f} ±{answer.deviation[1, 2]:.3f}") >= 1
    assert text.count("●") == 1 + answer.mean.size


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(attention.VIEW, prompt_run, head=1)
