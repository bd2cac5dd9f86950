"""Frequency, share and activity of every neuron, against plain float64 definitions."""

from __future__ import annotations

import pytest

from grok_tui.render.palette import DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import frequencies
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of, known_explorer


def test_frequencies_shares_and_activity(varied_run) -> None:
    selection = initial_selection(varied_run)
    forward = forward_of(varied_run, selection)
    table = frequencies.table(frequencies.query(varied_run, selection))
    assert column_names(table) == ["neuron", "frequency", "share", "variance_explained", "fraction_active"]
    assert len(table.rows) == varied_run.run.config.d_mlp
    for neuron, frequency, share, explained, active in table.rows:
        grid = forward.post[..., neuron]
        energy = plain.energies(grid)
        assert active == pytest.approx((forward.pre[..., neuron] > 0).double().mean().item(), abs=1e-6)
        if energy.sum() < 1e-9:
            assert (frequency, share, explained) == (None, None, None)
            continue
        # A neuron that is active for one pair alone has equal energy at every frequency.
        assert energy[frequency - 1].item() == pytest.approx(energy.max().item())
        assert share == pytest.approx((energy.max() / energy.sum()).item(), abs=1e-5)
        total = (grid - grid.mean()).square().sum()
        assert explained == pytest.approx((energy.max() / total).item(), abs=1e-5)


def test_the_plot_names_its_threshold_and_counts() -> None:
    explorer = known_explorer()
    answer = frequencies.query(explorer, initial_selection(explorer))
    for palette in (DARK, MONO):
        text = frequencies.draw(answer, 100, 30, palette).plain()
        assert "23 of 25 neurons at share 0.85 or more" in text
        assert "1 constant, not shown" in text
        assert "share 0.85" in text
        assert "key frequencies 2, 5" in text
        assert "by logits the same · by W_E none" in text  # its embedding is one-hot: all shares are even
    assert "100% of the pairs" in frequencies.draw(answer, 100, 30, DARK).plain()


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(frequencies.VIEW, varied_run)


def test_the_colour_scale_is_whole_or_absent() -> None:
    explorer = known_explorer()
    answer = frequencies.query(explorer, initial_selection(explorer))
    found = set()
    for width in range(12, 60):
        lines = [line for line in frequencies.draw(answer, width, 12, DARK).plain().split("\n") if "colour" in line]
        assert len(lines) <= 1
        found |= {line.rpartition("• ")[2].rstrip() for line in lines}
    assert found == {"100%", "100% of pairs", "100% of the pairs"}
