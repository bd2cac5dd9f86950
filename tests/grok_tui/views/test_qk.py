"""The QK circuit, against plain float64 definitions."""

from __future__ import annotations

import pytest
import torch

from engine import UnknownQuery
from grok_tui.session.selection import initial_selection
from grok_tui.views import qk
from tests.grok_tui.views.checks import assert_drawings, assert_table, weights_of
from tests.grok_tui.views.other_runs import OTHERS, other_explorer


def test_the_score_of_each_token_without_positions_of_keys(explorer) -> None:
    w, p = weights_of(explorer), 7
    query = w.W_E[p] + w.W_pos[-1]
    expected = torch.stack([query @ w.W_Q[h] @ w.W_K[h].T @ w.W_E[:p].T / 4**0.5 for h in range(2)], dim=1)
    assert_table(qk.table(qk.query(explorer, initial_selection(explorer))), ["token"], expected)


@pytest.mark.parametrize("prompt", OTHERS)
def test_the_prompt_needs_a_constant_last_token(prompt) -> None:
    explorer = other_explorer(prompt)
    with pytest.raises(UnknownQuery, match="so its query depends on"):
        qk.query(explorer, initial_selection(explorer))


def test_drawings_have_the_size_of_the_pane(explorer) -> None:
    assert_drawings(qk.VIEW, explorer, head=1)
