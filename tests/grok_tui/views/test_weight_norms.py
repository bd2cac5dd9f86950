"""The sums of squared weights over epochs."""

from __future__ import annotations

import pytest

from tests.grok_tui.views.view_queries import table_rows


def test_weights_holds_sums_of_squares_of_the_nonzero_parameters(exact, at_epoch) -> None:
    rows = table_rows(exact, "weights")
    nonzero = {name for name, tensor in exact.run.weights(40).items() if tensor.any()}
    assert set(rows[0]) == {"epoch", "total", *nonzero}
    for row in rows:
        squares = {name: tensor.square().sum().item() for name, tensor in at_epoch(row["epoch"])[0].items()}
        assert row["total"] == pytest.approx(sum(squares.values()))
        assert all(row[name] == pytest.approx(squares[name]) for name in nonzero)
