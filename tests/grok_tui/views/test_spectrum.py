"""One neuron in the 2-D Fourier basis, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import spectrum
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, assert_grid, forward_of, waves

NEURON = 5


def test_coefficients_and_energies(varied_run) -> None:
    selection = replace(initial_selection(varied_run), neuron=NEURON)
    grid = forward_of(varied_run, selection).post[..., NEURON]
    answer = spectrum.query(varied_run, selection)
    basis = waves(len(grid))
    expected = basis @ (grid - grid.mean()) @ basis.T
    assert_grid(spectrum.VIEW.table(answer), ["component_x", "component_y", "value"], expected)
    # The last frequency of an even p is not among the plain energies.
    energies = plain.energies(grid).tolist()
    assert answer.energy[: len(energies)].tolist() == pytest.approx(energies, abs=1e-5)


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(spectrum.VIEW, prompt_run, neuron=NEURON)
    assert_drawings(spectrum.VIEW, prompt_run, neuron=0)
