"""The views over epochs: their tables against the definitions, written out in float64, and their drawings."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine import Explorer, ModelConfig, Run, UnknownQuery, Weights, open_run
from engine.explorer.training_phases import find_training_phases
from engine.networks.config import Prompt
from engine.networks.weights import weight_shapes
from engine.runs.run import Checkpoint
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward
from tests.grok_tui.views.conftest import KEYS
from tests.grok_tui.views.view_queries import measure, table_rows

NAMES = tuple(name for name, view in VIEWS.items() if view.over_epochs)
SIZES = ((20, 6), (58, 22), (100, 30), (200, 50))


def random_run(prompt: str) -> Run:
    """Random weights of p = 8 at the epochs 0, 5, 6."""
    config = ModelConfig(8, 8, 2, 4, 10, Prompt.parse(prompt, 8), d_vocab=9, d_vocab_out=9)

    def weights(epoch: int) -> Weights:
        generator = torch.Generator().manual_seed(epoch)
        shapes = weight_shapes(config)
        return Weights(**{name: torch.randn(shape, generator=generator) / 3 for name, shape in shapes.items()})

    checkpoints = tuple(Checkpoint(epoch, lambda epoch=epoch: weights(epoch)) for epoch in (0, 5, 6))
    return Run("random", Path("random"), "made up", config, checkpoints)


@pytest.fixture
def at_epoch(exact):
    """`at_epoch(epoch)`: the weights in float64, and all activations of the plain forward pass."""
    return lambda epoch: (
        exact.run.weights(epoch).to(torch.float64),
        plain_forward(exact.run.weights(epoch), exact.run.config),
    )


def test_progress_holds_the_trig_and_the_excluded_losses(exact, at_epoch) -> None:
    in_train = torch.from_numpy(exact.split.train)
    rows = table_rows(exact, "progress")
    assert [row["epoch"] for row in rows] == [0, 10, 20, 30, 40]
    for row in rows:
        network = at_epoch(row["epoch"])[1]
        logits, sign = network.logits, network.sign
        trig = plain.loss_grid(plain.corrected(plain.on_sum_directions(logits, KEYS, sign), logits), sign)
        expected = {
            "train_loss": network.loss[in_train],
            "test_loss": network.loss[~in_train],
            "trig_loss_all": trig,
            "trig_loss_train": trig[in_train],
        }
        removed = {"all_key": KEYS, **{str(k): [k] for k in KEYS}}
        for name, keys in removed.items():
            remaining = plain.loss_grid(logits - plain.on_sum_directions(logits, keys, sign), sign)
            expected[f"excluded_loss_{name}_train"] = remaining[in_train]
        assert set(row) == {"epoch", *expected}
        for name, grid in expected.items():
            assert row[name] == pytest.approx(grid.mean().item(), rel=1e-9), name


def test_trig_ratio_is_the_test_loss_divided_by_the_trig_loss(exact) -> None:
    for row, losses in zip(table_rows(exact, "test-trig-ratio"), table_rows(exact, "progress"), strict=True):
        assert row["test_trig_ratio"] == pytest.approx(losses["test_loss"] / losses["trig_loss_all"])


def test_trig_fraction_is_the_variance_on_the_sum_directions(exact, at_epoch) -> None:
    for row in table_rows(exact, "trig-fraction"):
        network = at_epoch(row["epoch"])[1]
        for name, values in (("logits", network.logits), ("neurons_pre", network.pre), ("neurons_post", network.post)):
            expected = plain.fraction_on(plain.on_sum_directions(values, KEYS, network.sign), values)
            assert row[name] == pytest.approx(expected, rel=1e-6), name


def test_embedding_history_holds_the_squared_norm_of_every_component(exact, at_epoch) -> None:
    rows = table_rows(exact, "embedding-history")
    assert len(rows) == 5 * 7
    assert [row["name"] for row in rows[:7]] == ["const", "cos 1", "sin 1", "cos 2", "sin 2", "cos 3", "sin 3"]
    for row in rows:
        embedding = at_epoch(row["epoch"])[0].W_E[:7]
        expected = (plain.wave(7, row["component"]) @ embedding).square().sum().item()
        assert row["norm_squared"] == pytest.approx(expected)


def test_attention_history_holds_the_mean_pattern(exact, at_epoch) -> None:
    rows = table_rows(exact, "attention-history")
    assert len(rows) == 5 * 2 * 3
    for row in rows:
        pattern = at_epoch(row["epoch"])[1].pattern
        assert row["attention"] == pytest.approx(pattern[:, :, row["head"], row["position"]].mean().item())
        assert row["token"] == ("x", "y", "=")[row["position"]]


def test_weights_holds_sums_of_squares_of_the_nonzero_parameters(exact, at_epoch) -> None:
    rows = table_rows(exact, "weights")
    nonzero = {name for name, tensor in exact.run.weights(40).items() if tensor.any()}
    assert set(rows[0]) == {"epoch", "total", *nonzero}
    for row in rows:
        squares = {name: tensor.square().sum().item() for name, tensor in at_epoch(row["epoch"])[0].items()}
        assert row["total"] == pytest.approx(sum(squares.values()))
        assert all(row[name] == pytest.approx(squares[name]) for name in nonzero)


def test_logit_formula_is_a_least_squares_fit(exact, at_epoch) -> None:
    tokens = torch.arange(7, dtype=torch.float64)
    phase = tokens[:, None, None] + at_epoch(0)[1].sign * tokens[None, :, None] - tokens
    design = torch.stack([(2 * math.pi * k * phase / 7).cos().flatten() for k in KEYS], dim=1)
    for row in table_rows(exact, "logit-formula"):
        logits = at_epoch(row["epoch"])[1].logits.flatten()
        centred = logits - logits.mean()
        fitted = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
        assert [row[f"c_{k}"] for k in KEYS] == pytest.approx(fitted.tolist())
        explained = 1 - (centred - design @ fitted).square().sum() / centred.square().sum()
        assert row["fraction_of_variance_explained"] == pytest.approx(explained.item(), abs=1e-9)


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


def test_phases_are_consecutive_intervals(exact) -> None:
    rows = table_rows(exact, "phases")
    phases = find_training_phases(exact.run_metrics(40).snapshot())
    assert [row["phase"] for row in rows] == ["memorisation", "circuit formation", "cleanup", "cleanup, to 99%"]
    assert rows[0]["from_epoch"] == 0
    ends = (phases.memorisation, phases.circuit_formation, phases.cleanup, phases.cleanup_to_99_percent)
    for row, end in zip(rows, ends, strict=True):
        expected = (None, None, None) if end is None else (end.at, end.after_epoch, end.by_epoch)
        assert (row["to_epoch"], row["not_before_epoch"], row["by_epoch"]) == expected
    assert [row["from_epoch"] for row in rows[1:3]] == [row["to_epoch"] for row in rows[:2]]
    assert rows[3]["from_epoch"] == rows[2]["from_epoch"]


@pytest.mark.parametrize("palette", [DARK, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("count", [0, 1, 3, 5])
@pytest.mark.parametrize("name", [*NAMES, "losses"])
def test_a_drawing_has_the_given_size_however_many_checkpoints_are_measured(explorer, name, count, palette) -> None:
    if count:
        measure(explorer, count)
    view, selection = VIEWS[name], replace(initial_selection(explorer), epoch=30)
    answer = view.query(explorer, selection)
    assert "epoch 30" in view.title(answer)
    for width, height in SIZES:
        drawing = view.draw(answer, width, height, palette)
        assert (drawing.width, drawing.height) == (width, height)
        assert palette is not ASCII or drawing.plain().isascii()
    if name != "losses":
        drawn = view.draw(answer, 100, 30, palette).plain()
        assert (f"{count} of 5 checkpoints measured" in drawn) == (count < 5)


@pytest.mark.parametrize("options", [{"no_split": True}, {"keys": []}], ids=["no split", "no keys"])
@pytest.mark.parametrize("name", NAMES)
def test_values_that_need_a_split_or_key_frequencies_are_absent_without(tiny_run, name, options) -> None:
    explorer = Explorer(open_run(tiny_run), **options)
    measure(explorer)
    view = VIEWS[name]
    answer = view.query(explorer, initial_selection(explorer))
    view.draw(answer, 80, 24, DARK)
    rows = view.table(answer).rows
    assert not any(isinstance(value, float) and math.isnan(value) for row in rows for value in row)
    if name == "progress" and "no_split" in options:
        assert all(row["train_loss"] is row["test_loss"] is None for row in table_rows(explorer, name))


@pytest.mark.parametrize("prompt", ["x y", "y = x"])
def test_every_view_works_for_an_even_p_and_another_prompt(prompt) -> None:
    explorer = Explorer(random_run(prompt), keys=[1, 3])
    measure(explorer)
    for name in NAMES:
        view = VIEWS[name]
        answer = view.query(explorer, initial_selection(explorer, head=1))
        for width, height in SIZES:
            assert view.draw(answer, width, height, MONO).height == height
    assert [row["name"] for row in table_rows(explorer, "embedding-history")[:8]][-1] == "cos 4"
    tokens = prompt.split()
    assert [row["token"] for row in table_rows(explorer, "attention-history")[: len(tokens)]] == tokens


@pytest.mark.parametrize("name", NAMES)
def test_a_single_checkpoint_is_refused(tiny_run, name) -> None:
    explorer = Explorer(open_run(tiny_run / "checkpoints" / "epoch-000040.safetensors"), no_split=True)
    message = f"^`{name}` shows several epochs and needs more than one checkpoint; .* has one.$"
    with pytest.raises(UnknownQuery, match=message):
        VIEWS[name].query(explorer, initial_selection(explorer))


def test_a_query_measures_no_checkpoint(explorer) -> None:
    for name in (*NAMES, "losses"):
        VIEWS[name].query(explorer, initial_selection(explorer))
    assert explorer.run_metrics(40).snapshot().epochs == []


@pytest.mark.parametrize("name", ["losses", "progress", "weights", "phases", "history", "attention-history"])
def test_the_selection_overrides_which_axes_are_logarithmic(name: str, exact: Explorer) -> None:
    view, default = VIEWS[name], initial_selection(exact)
    drawn = {
        chosen: view.draw(view.query(exact, replace(default, log_x=chosen[0], log_y=chosen[1])), 90, 30, DARK)
        for chosen in ((None, None), (False, None), (True, None), (None, True), (None, False))
    }
    assert drawn[None, None] == drawn[False, None] != drawn[True, None]
    assert drawn[None, True] != drawn[None, False]


def test_the_chart_counts_the_points_that_a_log_axis_leaves_out(exact: Explorer) -> None:
    view = VIEWS["logit-formula"]
    answer = view.query(exact, replace(initial_selection(exact), log_y=True))
    hidden = sum(int((curve.values <= 0).sum()) for curve in answer.curves.curves if curve.column.startswith("c_"))
    assert hidden  # coefficients of both signs
    assert f"({hidden} points off the log axis)" in view.draw(answer, 120, 40, MONO).plain()
