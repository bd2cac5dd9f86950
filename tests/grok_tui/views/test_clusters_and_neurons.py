"""Views of all neurons, of clusters, of interventions and of one pair, against plain float64 definitions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from engine.networks.config import Operation
from engine.runs.run import Checkpoint, Run
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.views import (
    cluster_spectra,
    frequencies,
    interventions,
    mean_spectrum,
    neuron_phases,
    pair,
    quadratic,
)
from tests.engine.known_network import ALWAYS_ON, DEAD, MIXED, known_network
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import PlainForward, plain_forward
from tests.grok_tui.views.other_runs import OTHERS, other_explorer

MODULES = (mean_spectrum, cluster_spectra, frequencies, quadratic, interventions, neuron_phases, pair)
KNOWN_KEYS = (2, 5)


def known_explorer(lag: float = 0.0, operation: Operation = "add") -> Explorer:
    """The network put together by hand, as a run of one checkpoint."""
    known = known_network(11, KNOWN_KEYS, lag, operation)
    run = Run("known", Path("known"), "memory", known.config, (Checkpoint(0, lambda: known.weights),))
    return Explorer(run, dtype=torch.float64, no_split=True)


@pytest.fixture(params=["x y =", *OTHERS, "known", "known, subtracting"])
def asked(request, explorer) -> Explorer:
    """The tiny run, one of even p, one whose prompt ends in y, and two with clusters."""
    if request.param.startswith("known"):
        return known_explorer(operation="subtract" if "subtracting" in request.param else "add")
    if request.param == "x y =":
        return explorer
    # In float32 the dead neuron's bias of -100 would hide what little its pre-activation varies.
    return Explorer(other_explorer(request.param).run, keys=[1, 3], dtype=torch.float64, no_split=True)


def plainly(explorer: Explorer, selection: Selection) -> PlainForward:
    return plain_forward(explorer.run.weights(selection.epoch), explorer.run.config)


def names(table) -> list[str]:
    return [column.name for column in table.columns]


def squared_spectrum(post: torch.Tensor) -> torch.Tensor:
    """[x, y, neuron] -> mean over neurons of (B A B^T)^2."""
    basis = torch.stack([plain.wave(len(post), component) for component in range(len(post))])
    centred = post - post.mean(dim=(0, 1))
    return torch.einsum("ix,jy,xyn->ijn", basis, basis, centred).square().mean(dim=-1)


def tuned_to(post: torch.Tensor, keys: tuple[int, ...]) -> list[int]:
    """The cluster of each neuron by definition, 0 for the rest. [x, y, neuron]"""
    found = []
    for neuron in range(post.shape[-1]):
        energy = plain.energies(post[..., neuron])
        k = int(energy.argmax()) + 1
        tuned = energy.sum() > 1e-9 and energy.max() / energy.sum() >= 0.85
        found.append(k if tuned and k in keys else 0)
    return found


def test_the_mean_spectrum_is_over_all_neurons(asked) -> None:
    selection = initial_selection(asked)
    found = mean_spectrum.VIEW.table(mean_spectrum.query(asked, selection))
    assert names(found) == ["component_x", "component_y", "value"]
    p = asked.run.config.p
    assert [row[:2] for row in found.rows] == [(i, j) for i in range(p) for j in range(p)]
    expected = squared_spectrum(plainly(asked, selection).post)
    assert [row[2] for row in found.rows] == pytest.approx(expected.flatten().tolist(), abs=1e-5)


def test_its_energy_by_frequency_and_on_the_keys(asked) -> None:
    selection = initial_selection(asked)
    post = plainly(asked, selection).post
    answer = mean_spectrum.query(asked, selection)
    energies = torch.stack([plain.energies(post[..., n]) for n in range(post.shape[-1])]).mean(dim=0)
    assert answer.energy == pytest.approx(energies.numpy(), abs=1e-5)
    total = (post - post.mean(dim=(0, 1))).square().sum().item() / post.shape[-1]
    assert answer.on_keys == pytest.approx(sum(energies[k - 1].item() for k in answer.keys) / total, rel=1e-5)


def test_each_cluster_has_its_mean_spectrum() -> None:
    asked = known_explorer()
    selection = initial_selection(asked)
    post = plainly(asked, selection).post
    found = cluster_spectra.table(cluster_spectra.query(asked, selection))
    assert names(found) == ["frequency", "component_x", "component_y", "value"]
    members = {2: [ALWAYS_ON, *range(3, 14)], 5: list(range(14, 25)), None: [DEAD, MIXED]}
    for frequency, neurons in members.items():
        rows = [row for row in found.rows if row[0] == frequency]
        assert [row[1:3] for row in rows] == [(i, j) for i in range(11) for j in range(11)]
        expected = squared_spectrum(post[..., neurons]).flatten().tolist()
        assert [row[3] for row in rows] == pytest.approx(expected, abs=1e-5)
    assert len(found.rows) == 3 * 121


def test_a_cluster_without_neurons_has_no_spectrum(explorer) -> None:
    found = cluster_spectra.query(explorer, initial_selection(explorer, epoch=0))
    assert all(cluster.neurons > 0 for cluster in found.clusters)
    assert sum(cluster.neurons for cluster in found.clusters) == 12


def test_frequencies_shares_and_activity(asked) -> None:
    selection = initial_selection(asked)
    expected = plainly(asked, selection)
    found = frequencies.table(frequencies.query(asked, selection))
    assert names(found) == ["neuron", "frequency", "share", "variance_explained", "fraction_active"]
    assert len(found.rows) == asked.run.config.d_mlp
    for neuron, frequency, share, explained, active in found.rows:
        grid = expected.post[..., neuron]
        energy = plain.energies(grid)
        assert active == pytest.approx((expected.pre[..., neuron] > 0).double().mean().item(), abs=1e-6)
        if energy.sum() < 1e-9:
            assert (frequency, share, explained) == (None, None, None)
            continue
        # A neuron that is on for one pair alone has equal energy at every frequency.
        assert energy[frequency - 1].item() == pytest.approx(energy.max().item())
        assert share == pytest.approx((energy.max() / energy.sum()).item(), abs=1e-5)
        total = (grid - grid.mean()).square().sum()
        assert explained == pytest.approx((energy.max() / total).item(), abs=1e-5)


def test_quadratic_fractions_before_and_after(asked) -> None:
    selection = initial_selection(asked)
    expected, keys = plainly(asked, selection), asked.keys(selection.reference_epoch)
    found = quadratic.table(quadratic.query(asked, selection))
    assert names(found) == ["neuron", "cluster", "quadratic_fraction_pre", "quadratic_fraction_post"]
    cluster_of = tuned_to(expected.post, keys)
    for neuron, cluster, *fractions in found.rows:
        assert (cluster or 0) == cluster_of[neuron]
        for stage, fraction in zip((expected.pre, expected.post), fractions, strict=True):
            grid = stage[..., neuron]
            total = (grid - grid.mean()).square().sum().item()
            if total < 1e-9:
                assert fraction is None
                continue
            chosen = [cluster] if cluster else range(1, asked.run.config.n_frequencies + 1)
            products = sum(plain.block(grid, k)[1:, 1:].square().sum().item() for k in chosen)
            assert fraction == pytest.approx(products / total, abs=1e-5)


def test_interventions_and_their_ratios(asked) -> None:
    selection = initial_selection(asked)
    expected, keys = plainly(asked, selection), asked.keys(selection.reference_epoch)
    weights = asked.run.weights(selection.epoch).to(torch.float64)
    written = weights.W_out @ weights.W_U[:, : asked.run.config.p]
    cluster_of = np.array(tuned_to(expected.post, keys))
    parts = {}
    for key in (*keys, 0):
        members = np.flatnonzero(cluster_of == key)
        post = expected.post[..., members]
        parts[key] = (plain.on_block(post, key) if key else post) @ written[members]
    everything = torch.stack(list(parts.values())).sum(dim=0)
    logits = expected.logits

    def loss(kept: torch.Tensor) -> float:
        return plain.loss_grid(plain.corrected(kept, logits), expected.sign).mean().item()

    losses = {
        "original": plain.loss_grid(logits, expected.sign).mean().item(),
        "key frequency only": loss(everything),
        "key frequency only, no rest": loss(everything - parts[0]),
        "sum directions only": loss(plain.on_sum_directions(logits, keys, expected.sign)),
        **{f"without cluster {key}": loss(everything - parts[key]) for key in keys},
        "without the rest": loss(everything - parts[0]),
    }
    found = interventions.table(interventions.query(asked, selection))
    assert names(found) == ["intervention", "loss", "ratio_to_original"]
    assert [row[0] for row in found.rows] == list(losses)
    assert [row[1] for row in found.rows] == pytest.approx(list(losses.values()), rel=1e-4)
    assert [row[2] for row in found.rows] == pytest.approx([v / losses["original"] for v in losses.values()], rel=1e-4)


@pytest.mark.parametrize("operation", ["add", "subtract"])
@pytest.mark.parametrize("lag", [0.0, 0.5])
def test_phases_of_a_network_whose_phases_are_known(lag, operation) -> None:
    asked = known_explorer(lag, operation)
    answer = neuron_phases.query(asked, replace(initial_selection(asked), neuron=20))
    found = neuron_phases.table(answer)
    assert names(found) == ["neuron", "cluster", "phase", "amplitude", "output_phase", "output_amplitude"]
    assert [row[0] for row in found.rows] == [ALWAYS_ON, *range(3, 25)]
    for neuron, cluster, phase, amplitude, output_phase, output_amplitude in found.rows[1:]:
        k, m = (2, neuron - 3) if neuron < 14 else (5, neuron - 14)
        angle = 2 * math.pi * k * 2 * m / 11
        assert cluster == k
        assert math.cos(phase - angle) == pytest.approx(1)
        assert math.cos(output_phase - angle - lag) == pytest.approx(1)
        assert output_amplitude == pytest.approx(1)
        assert amplitude == pytest.approx(8 / 3 / math.pi**2, abs=0.01)
    assert answer.selected == 5
    assert answer.agreement[5] == pytest.approx(math.cos(lag), abs=1e-6)


@pytest.mark.parametrize("numbers", [(0, 0), (3, 6)])
def test_a_pair_s_logits_and_the_formula(asked, numbers) -> None:
    (x, y), selection = numbers, replace(initial_selection(asked), x=numbers[0], y=numbers[1])
    expected, keys = plainly(asked, selection), asked.keys(selection.reference_epoch)
    p = asked.run.config.p
    answer = pair.query(asked, selection)
    found = pair.table(answer)
    assert names(found) == ["z", "logit", "formula", *(f"part_{k}" for k in keys)]
    tokens = torch.arange(p, dtype=torch.float64)
    parts = []
    for k in keys:
        wave = torch.cos(2 * math.pi * k / p * (tokens[:, None, None] + expected.sign * tokens[None, :, None] - tokens))
        c = (wave * expected.logits).sum() / wave.square().sum()
        parts.append((c * wave[x, y]).tolist())
    logits = expected.logits[x, y] - expected.logits[x, y].mean()
    assert [row[0] for row in found.rows] == list(range(p))
    assert [row[1] for row in found.rows] == pytest.approx(logits.tolist(), abs=1e-5)
    assert [row[2] for row in found.rows] == pytest.approx(np.sum(parts, axis=0).tolist(), abs=1e-5)
    for index, part in enumerate(parts):
        assert [row[3 + index] for row in found.rows] == pytest.approx(part, abs=1e-5)
    shown = pair.draw(answer, 100, 30, MONO).plain()
    assert f"{x} {'+' if expected.sign == 1 else '-'} {y} = {(x + expected.sign * y) % p} (mod {p})" in shown
    assert f"network predicts {int(logits.argmax())}" in shown


def test_without_key_frequencies_nothing_is_made_up(tiny_run) -> None:
    asked = Explorer(open_run(tiny_run), keys=[])
    selection = initial_selection(asked)
    assert [row[2] for row in pair.table(pair.query(asked, selection)).rows] == [None] * 7
    assert neuron_phases.table(neuron_phases.query(asked, selection)).rows == ()
    for module in MODULES:
        assert module.draw(module.query(asked, selection), 60, 20, MONO).width == 60


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.VIEW.name)
def test_every_view_draws_at_every_size(asked, module) -> None:
    for epoch in (asked.epochs[0], asked.epochs[-1]):
        answer = module.query(asked, initial_selection(asked, epoch=epoch))
        assert f"epoch {epoch:,}" in module.title(answer)
        for palette in (DARK, MONO, ASCII):
            for size in ((20, 6), (58, 22), (100, 30), (200, 50), (1, 1)):
                drawing = module.draw(answer, *size, palette)
                assert (drawing.width, drawing.height) == size
                assert {sum(len(run.text) for run in line) for line in drawing.lines} == {size[0]}


def test_the_frequencies_plot_names_its_threshold_and_counts() -> None:
    asked = known_explorer()
    answer = frequencies.query(asked, initial_selection(asked))
    for palette in (DARK, MONO):
        shown = frequencies.draw(answer, 100, 30, palette).plain()
        assert "23 of 25 neurons at share 0.85 or more" in shown
        assert "1 constant, not shown" in shown
        assert "share 0.85" in shown
    assert "100% of the pairs" in frequencies.draw(answer, 100, 30, DARK).plain()


def test_maps_name_the_key_frequencies_where_they_are() -> None:
    asked = known_explorer()
    lines = mean_spectrum.draw(mean_spectrum.query(asked, initial_selection(asked)), 60, 22, MONO).plain().splitlines()
    assert any(line.startswith("2 ") for line in lines)
    assert ["2", "5"] in [line.split() for line in lines]
