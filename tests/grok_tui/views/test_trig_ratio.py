"""The test loss divided by the trig loss."""

from __future__ import annotations

import pytest

from tests.grok_tui.views.view_queries import table_rows


def test_trig_ratio_is_the_test_loss_divided_by_the_trig_loss(exact) -> None:
    for row, losses in zip(table_rows(exact, "test-trig-ratio"), table_rows(exact, "progress"), strict=True):
        assert row["test_trig_ratio"] == pytest.approx(losses["test_loss"] / losses["trig_loss_all"])
