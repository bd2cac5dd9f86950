"""The figures of one neuron over epochs."""

from __future__ import annotations

import pytest

from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.view_queries import table_rows


def test_history_holds_the_figures_of_one_neuron(exact, at_epoch) -> None:
    for row in table_rows(exact, "history", neuron=5):
        network = at_epoch(row["epoch"])[1]
        energy = plain.energies(network.post[..., 5])
        grid = network.post[..., 5] - network.post[..., 5].mean()
        assert row["fraction_active"] == pytest.approx((network.pre[..., 5] > 0).double().mean().item())
        if energy.sum() > 1e-12:
            assert row["frequency"] == energy.argmax().item() + 1
            assert row["share"] == pytest.approx((energy.max() / energy.sum()).item())
            assert row["variance_explained"] == pytest.approx((energy.max() / grid.square().sum()).item())
        else:
            assert (row["frequency"], row["share"], row["variance_explained"]) == (None, None, None)
