"""Ranks over epochs: the numbers of `ranks` at every checkpoint."""

from __future__ import annotations

import pytest

from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS, ranks
from tests.grok_tui.views.checks import assert_drawings
from tests.grok_tui.views.view_queries import table_rows

VIEW = VIEWS["ranks-history"]


def test_every_epoch_has_the_numbers_of_the_view_of_one_epoch(exact) -> None:
    rows = table_rows(exact, "ranks-history")
    assert [row["epoch"] for row in rows] == list(exact.epochs)
    for row in rows:
        found = ranks.query(exact, initial_selection(exact, epoch=row["epoch"]))
        for name, expected in found.ranks.items():
            assert row[f"effective_rank_{name}"] == pytest.approx(expected.effective_rank)
            assert row[f"participation_ratio_{name}"] == pytest.approx(expected.participation_ratio)
        assert row["inverse_participation_ratio_input"] == pytest.approx(found.neurons.input)
        assert row["inverse_participation_ratio_output"] == pytest.approx(found.neurons.output)


def test_heads_are_in_the_table_and_not_in_the_charts(exact) -> None:
    assert "effective_rank_W_Q[0]" in table_rows(exact, "ranks-history")[0]
    text = VIEW.draw(VIEW.query(exact, initial_selection(exact)), 200, 40, MONO).plain()
    assert "W_Q" not in text
    assert all(words in text for words in ("W_logit: effective rank", "participation ratio", "input weights", "W_in"))


def test_drawings_have_the_size_of_the_pane(exact) -> None:
    assert_drawings(VIEW, exact)
