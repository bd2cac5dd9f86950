"""Phases of neurons and of their rows of W_logit, on a network whose phases are known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine import Explorer, open_run
from grok_tui.session.selection import initial_selection
from grok_tui.views import neuron_phases
from tests.engine.known_network import ALWAYS_ON
from tests.grok_tui.views.checks import assert_drawings, column_names, known_explorer


@pytest.mark.parametrize("operation", ["add", "subtract"])
@pytest.mark.parametrize("lag", [0.0, 0.5])
def test_phases_amplitudes_and_agreement(lag, operation) -> None:
    explorer = known_explorer(lag, operation)
    answer = neuron_phases.query(explorer, replace(initial_selection(explorer), neuron=20))
    table = neuron_phases.table(answer)
    assert column_names(table) == ["neuron", "cluster", "phase", "amplitude", "output_phase", "output_amplitude"]
    assert [row[0] for row in table.rows] == [ALWAYS_ON, *range(3, 25)]
    for neuron, cluster, phase, amplitude, output_phase, output_amplitude in table.rows[1:]:
        k, m = (2, neuron - 3) if neuron < 14 else (5, neuron - 14)
        angle = 2 * math.pi * k * 2 * m / 11
        assert cluster == k
        assert math.cos(phase - angle) == pytest.approx(1)
        assert math.cos(output_phase - angle - lag) == pytest.approx(1)
        assert output_amplitude == pytest.approx(1)
        assert amplitude == pytest.approx(8 / 3 / math.pi**2, abs=0.01)
    assert answer.selected == 5
    assert answer.agreement[5] == pytest.approx(math.cos(lag), abs=1e-6)


def test_without_key_frequencies_there_are_no_phases(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[])
    assert neuron_phases.table(neuron_phases.query(explorer, initial_selection(explorer))).rows == ()


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(neuron_phases.VIEW, varied_run)
