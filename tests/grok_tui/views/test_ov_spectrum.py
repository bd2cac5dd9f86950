"""OV circuits of one neuron by Fourier component, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import torch

from grok_tui.session.selection import initial_selection
from grok_tui.views import ov_spectrum
from tests.grok_tui.views.checks import assert_drawings, assert_table, waves, weights_of

NEURON = 5


def test_the_transform_of_each_head_s_circuit(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    circuits = torch.stack([w.W_E[:p] @ w.W_V[h] @ w.W_O[h] @ w.W_in[:, NEURON] for h in range(2)], dim=1)
    answer = ov_spectrum.query(prompt_run, replace(initial_selection(prompt_run), neuron=NEURON))
    assert_table(ov_spectrum.table(answer), ["component", "name"], waves(p) @ circuits)


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(ov_spectrum.VIEW, prompt_run, neuron=NEURON, head=1)
    assert_drawings(ov_spectrum.VIEW, prompt_run, neuron=0)
