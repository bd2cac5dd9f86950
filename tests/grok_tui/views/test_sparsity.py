"""The Gini coefficients of the Fourier components, from another definition."""

from __future__ import annotations

import pytest
import torch

from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.view_queries import table_rows


def test_sparsity_is_the_gini_coefficient_of_component_norms(exact, at_epoch) -> None:
    basis = torch.stack([plain.wave(7, component) for component in range(7)])
    for row in table_rows(exact, "sparsity"):
        weights = at_epoch(row["epoch"])[0]
        readout = (weights.W_out @ weights.W_U[:, :7]).T
        for name, matrix in (("gini_W_E", weights.W_E[:7]), ("gini_W_L", readout)):
            norms = (basis @ matrix).norm(dim=1)
            # The Gini coefficient is half the relative mean absolute difference.
            expected = (norms[:, None] - norms).abs().mean() / (2 * norms.mean())
            assert row[name] == pytest.approx(expected.item()), name
