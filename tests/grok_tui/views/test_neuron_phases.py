"""Phases of neurons and of their rows of W_logit, on a network whose phases are known."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from engine.runs.run import Checkpoint, Run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import neuron_phases
from tests.engine.known_network import ALWAYS_ON
from tests.engine.waves_mlp import K, N, waves_mlp
from tests.grok_tui.views.checks import assert_drawings, column_names, known_explorer


@pytest.mark.parametrize("operation", ["add", "subtract"])
@pytest.mark.parametrize("lag", [0.0, 0.5])
def test_phases_amplitudes_and_agreement(lag, operation) -> None:
    explorer = known_explorer(lag, operation)
    answer = neuron_phases.query(explorer, replace(initial_selection(explorer), neuron=20))
    table = neuron_phases.table(answer)
    of_inputs = ["input_phase_x", "input_phase_y", "phase_alignment", "cluster_resultant"]
    written = ["phase", "amplitude", "output_phase", "output_amplitude"]
    assert column_names(table) == ["neuron", "cluster", *written, *of_inputs]
    assert [row[0] for row in table.rows] == [ALWAYS_ON, *range(3, 25)]
    for neuron, cluster, phase, amplitude, output_phase, output_amplitude, *inputs in table.rows[1:]:
        in_x, in_y, alignment, length = inputs
        k, m = (2, neuron - 3) if neuron < 14 else (5, neuron - 14)
        angle = 2 * math.pi * k * 2 * m / 11
        assert cluster == k
        assert math.cos(phase - angle) == pytest.approx(1)
        assert math.cos(output_phase - angle - lag) == pytest.approx(1)
        assert output_amplitude == pytest.approx(1)
        assert amplitude == pytest.approx(8 / 3 / math.pi**2, abs=0.01)
        assert math.cos(in_x - angle / 2) == pytest.approx(1)
        assert math.cos(in_y - (angle / 2 if operation == "add" else -angle / 2)) == pytest.approx(1)
        assert alignment == pytest.approx(-lag)
        # Cluster 5 has the phases of all 11 tokens; cluster 2 has the neuron that is always on, of phase 0, as well.
        assert length == pytest.approx(0 if k == 5 else 1 / 12, abs=1e-6)
    assert answer.selected == 5
    assert answer.agreement[5] == pytest.approx(math.cos(lag), abs=1e-6)
    text = neuron_phases.draw(answer, 140, 30, MONO).plain()
    assert f"cos(2 phi - psi), freq 5: {math.cos(lag):.3f}, resultant of phi 0.000" in text
    assert "2 phi - psi over phi (rad)" in text


def test_quadratic_neurons_are_grouped_by_frequency_below_the_threshold() -> None:
    weights, config, phi = waves_mlp("quadratic", lag=0.4)
    run = Run("quadratic", Path("quadratic"), "memory", config, (Checkpoint(0, lambda: weights),))
    explorer = Explorer(run, dtype=torch.float64, no_split=True)
    answer = neuron_phases.query(explorer, initial_selection(explorer))
    assert answer.below_threshold
    assert answer.cluster.tolist() == [K] * N
    assert np.exp(1j * answer.inputs.x) == pytest.approx(np.exp(1j * phi.numpy()))
    assert answer.alignment == pytest.approx(np.full(N, -0.4))
    text = neuron_phases.draw(answer, 140, 30, MONO).plain()
    assert "quadratic neurons: clusters of share 0.75 or more" in text
    assert f"cos(2 phi - psi), freq {K}: {math.cos(0.4):.3f}, resultant of phi 0.000" in text


def test_without_key_frequencies_there_are_no_phases(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[])
    assert neuron_phases.table(neuron_phases.query(explorer, initial_selection(explorer))).rows == ()


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(neuron_phases.VIEW, varied_run)
