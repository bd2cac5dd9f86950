"""The mean squared spectrum of all neurons, against plain float64 definitions."""

from __future__ import annotations

import pytest
import torch

from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import mean_spectrum
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, assert_grid, forward_of, known_explorer, squared_spectrum


def test_the_mean_is_over_all_neurons(varied_run) -> None:
    selection = initial_selection(varied_run)
    table = mean_spectrum.VIEW.table(mean_spectrum.query(varied_run, selection))
    expected = squared_spectrum(forward_of(varied_run, selection).post)
    assert_grid(table, ["component_x", "component_y", "value"], expected)


def test_energy_by_frequency_and_share_of_the_key_frequencies(varied_run) -> None:
    selection = initial_selection(varied_run)
    post = forward_of(varied_run, selection).post
    answer = mean_spectrum.query(varied_run, selection)
    energies = torch.stack([plain.energies(post[..., n]) for n in range(post.shape[-1])]).mean(dim=0)
    assert answer.energy == pytest.approx(energies.numpy(), abs=1e-5)
    total = (post - post.mean(dim=(0, 1))).square().sum().item() / post.shape[-1]
    assert answer.on_keys == pytest.approx(sum(energies[k - 1].item() for k in answer.keys) / total, rel=1e-5)


def test_the_axes_name_the_key_frequencies() -> None:
    explorer = known_explorer()
    answer = mean_spectrum.query(explorer, initial_selection(explorer))
    lines = mean_spectrum.draw(answer, 60, 22, MONO).plain().splitlines()
    assert any(line.startswith("2 ") for line in lines)
    assert ["2", "5"] in [line.split() for line in lines]


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(mean_spectrum.VIEW, varied_run)
