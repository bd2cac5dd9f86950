"""Quadratic fractions before and after the nonlinearity, against plain float64 definitions."""

from __future__ import annotations

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import quadratic
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of, plain_clusters


def test_fractions_before_and_after(varied_run) -> None:
    selection = initial_selection(varied_run)
    forward, keys = forward_of(varied_run, selection), varied_run.keys(selection.reference_epoch)
    table = quadratic.table(quadratic.query(varied_run, selection))
    assert column_names(table) == ["neuron", "cluster", "quadratic_fraction_pre", "quadratic_fraction_post"]
    clusters = plain_clusters(forward.post, keys)
    for neuron, cluster, *fractions in table.rows:
        assert (cluster or 0) == clusters[neuron]
        for stage, fraction in zip((forward.pre, forward.post), fractions, strict=True):
            grid = stage[..., neuron]
            total = (grid - grid.mean()).square().sum().item()
            if total < 1e-9:
                assert fraction is None
                continue
            own = [cluster] if cluster else range(1, varied_run.run.config.n_frequencies + 1)
            products = sum(plain.block(grid, k)[1:, 1:].square().sum().item() for k in own)
            assert fraction == pytest.approx(products / total, abs=1e-5)


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(quadratic.VIEW, varied_run)
