"""The mean attention over epochs, against the plain forward pass."""

from __future__ import annotations

import pytest

from tests.grok_tui.views.view_queries import table_rows


def test_attention_history_holds_the_mean_pattern(exact, at_epoch) -> None:
    rows = table_rows(exact, "attention-history")
    assert len(rows) == 5 * 2 * 3
    for row in rows:
        pattern = at_epoch(row["epoch"])[1].pattern
        assert row["attention"] == pytest.approx(pattern[:, :, row["head"], row["position"]].mean().item())
        assert row["token"] == ("x", "y", "=")[row["position"]]
