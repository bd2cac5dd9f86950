"""The views over epochs: their tables against the definitions, and that they draw what there is by then."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
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
from grok_tui.views.shared.epoch_charts import arrangement
from grok_tui.views.shared.epoch_curves import phase_bands
from grok_tui.views.shared.epoch_strips import column_of, over_columns, pointers
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward

NAMES = (
    "progress",
    "test-trig-ratio",
    "trig-fraction",
    "embedding-history",
    "attention-history",
    "weights",
    "phases",
    "logit-formula",
    "sparsity",
    "emergence",
    "history",
)
SIZES = ((20, 6), (58, 22), (100, 30), (200, 50))
KEYS = [1, 2, 3]


def measure(explorer: Explorer, count: int | None = None) -> None:
    """Measure the first `count` checkpoints, or all."""
    steps = explorer.run_metrics(explorer.epochs[-1]).steps()
    for number, _ in enumerate(steps, 1):
        if number == count:
            return


@pytest.fixture(params=["tiny_run", "subtracting_run"])
def exact(request) -> Explorer:
    """All measured in float64, of a run that adds and of one that subtracts."""
    explorer = Explorer(open_run(request.getfixturevalue(request.param)), keys=KEYS, dtype=torch.float64)
    measure(explorer)
    return explorer


def random_run(prompt: str) -> Run:
    """Random weights of p = 8 at the epochs 0, 5, 6."""
    config = ModelConfig(8, 8, 2, 4, 10, Prompt.parse(prompt, 8), d_vocab=9, d_vocab_out=9)

    def weights(epoch: int) -> Weights:
        generator = torch.Generator().manual_seed(epoch)
        shapes = weight_shapes(config)
        return Weights(**{name: torch.randn(shape, generator=generator) / 3 for name, shape in shapes.items()})

    checkpoints = tuple(Checkpoint(epoch, lambda epoch=epoch: weights(epoch)) for epoch in (0, 5, 6))
    return Run("random", Path("random"), "made up", config, checkpoints)


def rows(explorer: Explorer, name: str, **chosen: int) -> list[dict[str, object]]:
    """The table as dictionaries."""
    selection = replace(initial_selection(explorer), **chosen)
    found = VIEWS[name].table(VIEWS[name].query(explorer, selection))
    columns = [column.name for column in found.columns]
    assert all(len(row) == len(columns) for row in found.rows)
    return [dict(zip(columns, row, strict=True)) for row in found.rows]


@pytest.fixture
def plainly(exact):
    """`plainly(epoch)`: the weights, and the model written out."""
    return lambda epoch: (
        exact.run.weights(epoch).to(torch.float64),
        plain_forward(exact.run.weights(epoch), exact.run.config),
    )


def test_progress_is_the_losses_of_the_parts(exact, plainly) -> None:
    in_train = torch.from_numpy(exact.split.train)
    found = rows(exact, "progress")
    assert [row["epoch"] for row in found] == [0, 10, 20, 30, 40]
    for row in found:
        model = plainly(row["epoch"])[1]
        logits, sign = model.logits, model.sign
        trig = plain.loss_grid(plain.corrected(plain.on_sum_directions(logits, KEYS, sign), logits), sign)
        expected = {
            "train_loss": model.loss[in_train],
            "test_loss": model.loss[~in_train],
            "trig_loss_all": trig,
            "trig_loss_train": trig[in_train],
        }
        removals = {"all_key": KEYS, **{str(k): [k] for k in KEYS}}
        for name, keys in removals.items():
            without = plain.loss_grid(logits - plain.on_sum_directions(logits, keys, sign), sign)
            expected[f"excluded_loss_{name}_train"] = without[in_train]
        assert set(row) == {"epoch", *expected}
        for name, grid in expected.items():
            assert row[name] == pytest.approx(grid.mean().item(), rel=1e-9), name


def test_the_ratio_is_test_loss_by_trig_loss(exact) -> None:
    progress = rows(exact, "progress")
    for row, other in zip(rows(exact, "test-trig-ratio"), progress, strict=True):
        assert row["test_trig_ratio"] == pytest.approx(other["test_loss"] / other["trig_loss_all"])


def test_trig_fraction_is_variance_on_the_sum_directions(exact, plainly) -> None:
    for row in rows(exact, "trig-fraction"):
        model = plainly(row["epoch"])[1]
        for name, values in (("logits", model.logits), ("neurons_pre", model.pre), ("neurons_post", model.post)):
            expected = plain.fraction_on(plain.on_sum_directions(values, KEYS, model.sign), values)
            assert row[name] == pytest.approx(expected, rel=1e-6), name


def test_embedding_history_is_the_squared_norm_of_every_component(exact, plainly) -> None:
    found = rows(exact, "embedding-history")
    assert len(found) == 5 * 7
    assert [row["name"] for row in found[:7]] == ["const", "cos 1", "sin 1", "cos 2", "sin 2", "cos 3", "sin 3"]
    for row in found:
        embedding = plainly(row["epoch"])[0].W_E[:7]
        expected = (plain.wave(7, row["component"]) @ embedding).square().sum().item()
        assert row["norm_squared"] == pytest.approx(expected)


def test_attention_history_is_the_mean_pattern(exact, plainly) -> None:
    found = rows(exact, "attention-history")
    assert len(found) == 5 * 2 * 3
    for row in found:
        pattern = plainly(row["epoch"])[1].pattern
        assert row["attention"] == pytest.approx(pattern[:, :, row["head"], row["position"]].mean().item())
        assert row["token"] == ("x", "y", "=")[row["position"]]


def test_weights_are_sums_of_squares_and_zeros_are_left_out(exact, plainly) -> None:
    found = rows(exact, "weights")
    kept = {name for name, tensor in exact.run.weights(40).items() if tensor.any()}
    assert set(found[0]) == {"epoch", "total", *kept}
    for row in found:
        squares = {name: tensor.square().sum().item() for name, tensor in plainly(row["epoch"])[0].items()}
        assert row["total"] == pytest.approx(sum(squares.values()))
        assert all(row[name] == pytest.approx(squares[name]) for name in kept)


def test_the_logit_formula_is_a_least_squares_fit(exact, plainly) -> None:
    tokens = torch.arange(7, dtype=torch.float64)
    phase = tokens[:, None, None] + plainly(0)[1].sign * tokens[None, :, None] - tokens
    design = torch.stack([(2 * math.pi * k * phase / 7).cos().flatten() for k in KEYS], dim=1)
    for row in rows(exact, "logit-formula"):
        values = plainly(row["epoch"])[1].logits.flatten()
        centred = values - values.mean()
        fitted = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
        assert [row[f"c_{k}"] for k in KEYS] == pytest.approx(fitted.tolist())
        explained = 1 - (centred - design @ fitted).square().sum() / centred.square().sum()
        assert row["fraction_of_variance_explained"] == pytest.approx(explained.item(), abs=1e-9)


def test_sparsity_is_the_mean_difference_of_component_norms(exact, plainly) -> None:
    basis = torch.stack([plain.wave(7, component) for component in range(7)])
    for row in rows(exact, "sparsity"):
        weights = plainly(row["epoch"])[0]
        readout = (weights.W_out @ weights.W_U[:, :7]).T
        for name, matrix in (("gini_W_E", weights.W_E[:7]), ("gini_W_L", readout)):
            norms = (basis @ matrix).norm(dim=1)
            # The Gini coefficient as half the relative mean absolute difference.
            expected = (norms[:, None] - norms).abs().mean() / (2 * norms.mean())
            assert row[name] == pytest.approx(expected.item()), name


def test_emergence_is_the_key_frequencies_of_each_epoch_alone(exact) -> None:
    found = rows(exact, "emergence")
    expected = []
    for epoch in exact.epochs:
        neurons = exact.summary(epoch).neurons
        for k in (1, 2, 3):
            count = sum(f == k and s >= 0.85 for f, s in zip(neurons.frequency, neurons.share, strict=True))
            if count >= 2:
                expected.append({"epoch": epoch, "frequency": k, "neurons": count, "key_at_reference": True})
    assert found == expected
    assert found  # else this test says nothing


def test_history_is_one_neurons_figures(exact, plainly) -> None:
    for row in rows(exact, "history", neuron=5):
        model = plainly(row["epoch"])[1]
        energy = plain.energies(model.post[..., 5])
        grid = model.post[..., 5] - model.post[..., 5].mean()
        assert row["fraction_active"] == pytest.approx((model.pre[..., 5] > 0).double().mean().item())
        if energy.sum() > 1e-12:
            assert row["frequency"] == energy.argmax().item() + 1
            assert row["share"] == pytest.approx((energy.max() / energy.sum()).item())
            assert row["variance_explained"] == pytest.approx((energy.max() / grid.square().sum()).item())
        else:
            assert (row["frequency"], row["share"], row["variance_explained"]) == (None, None, None)


def test_phases_are_intervals_that_follow_each_other(exact) -> None:
    found = rows(exact, "phases")
    phases = find_training_phases(exact.run_metrics(40).snapshot())
    assert [row["phase"] for row in found] == ["memorisation", "circuit formation", "cleanup", "cleanup, to 99%"]
    assert found[0]["from_epoch"] == 0
    ends = (phases.memorisation, phases.circuit_formation, phases.cleanup, phases.fallen)
    for row, end in zip(found, ends, strict=True):
        expected = (None, None, None) if end is None else (end.at, end.after_epoch, end.by_epoch)
        assert (row["to_epoch"], row["not_before_epoch"], row["by_epoch"]) == expected
    assert [row["from_epoch"] for row in found[1:3]] == [row["to_epoch"] for row in found[:2]]
    assert found[3]["from_epoch"] == found[2]["from_epoch"]


@pytest.mark.parametrize("palette", [DARK, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("count", [0, 1, 3, 5])
@pytest.mark.parametrize("name", [*NAMES, "losses"])
def test_every_size_is_drawn_exactly_whatever_is_measured(explorer, name, count, palette) -> None:
    if count:
        measure(explorer, count)
    one, selection = VIEWS[name], replace(initial_selection(explorer), epoch=30)
    answer = one.query(explorer, selection)
    assert "epoch 30" in one.title(answer)
    for width, height in SIZES:
        drawn = one.draw(answer, width, height, palette)
        assert (drawn.width, drawn.height) == (width, height)
        assert palette is not ASCII or drawn.plain().isascii()
    if name != "losses":
        assert one.over_epochs
        assert (f"{count} of 5 checkpoints measured" in one.draw(answer, 100, 30, palette).plain()) == (count < 5)


@pytest.mark.parametrize("options", [{"no_split": True}, {"keys": []}], ids=["no split", "no keys"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_absent_is_absent(tiny_run, name, options) -> None:
    explorer = Explorer(open_run(tiny_run), **options)
    measure(explorer)
    one = VIEWS[name]
    answer = one.query(explorer, initial_selection(explorer))
    one.draw(answer, 80, 24, DARK)
    found = one.table(answer)
    assert not any(isinstance(value, float) and math.isnan(value) for row in found.rows for value in row)
    if name == "progress" and "no_split" in options:
        assert all(row["train_loss"] is row["test_loss"] is None for row in rows(explorer, name))


@pytest.mark.parametrize("prompt", ["x y", "y = x"])
def test_an_even_modulus_and_another_prompt(prompt) -> None:
    explorer = Explorer(random_run(prompt), keys=[1, 3])
    measure(explorer)
    for name in NAMES:
        one = VIEWS[name]
        answer = one.query(explorer, initial_selection(explorer, head=1))
        for width, height in SIZES:
            assert one.draw(answer, width, height, MONO).height == height
    assert [row["name"] for row in rows(explorer, "embedding-history")[:8]][-1] == "cos 4"
    words = prompt.split()
    assert [row["token"] for row in rows(explorer, "attention-history")[: len(words)]] == words


@pytest.mark.parametrize("name", NAMES)
def test_one_checkpoint_gets_a_sentence(tiny_run, name) -> None:
    explorer = Explorer(open_run(tiny_run / "checkpoints" / "epoch-000040.safetensors"), no_split=True)
    with pytest.raises(UnknownQuery, match=f"`{name}` is drawn over epochs and needs more than one checkpoint; .* one"):
        VIEWS[name].query(explorer, initial_selection(explorer))


def test_a_query_measures_nothing(explorer) -> None:
    for name in (*NAMES, "losses"):
        VIEWS[name].query(explorer, initial_selection(explorer))
    assert explorer.run_metrics(40).snapshot().epochs == []


def test_curves_are_not_drawn_again_for_another_epoch(explorer) -> None:
    measure(explorer)
    one = VIEWS["progress"]
    first, second = (one.query(explorer, replace(initial_selection(explorer), epoch=e)) for e in (10, 20))
    assert first.curves is second.curves


def test_bands_lie_between_known_ends(exact) -> None:
    history = exact.run_metrics(40).snapshot()
    bands = phase_bands(history)
    assert all(low < high for low, high, _ in bands)
    assert phase_bands(replace(history, of=6)) == ()  # not complete


def test_epochs_lie_on_a_linear_axis_of_columns() -> None:
    epochs = np.array([0.0, 10.0, 20.0, 100.0])
    assert [column_of(epoch, epochs, 11) for epoch in (0, 10, 20, 100, 101)] == [0, 1, 2, 10, None]
    laid = over_columns(np.array([[1.0, 2.0, 3.0, 4.0]]), epochs, 11)
    assert laid.tolist() == [[1, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4]]
    squeezed = over_columns(np.array([[1.0, 5.0, 3.0, 4.0]]), epochs, 2)
    assert squeezed.tolist() == [[5, 4]]  # a column shows its largest
    assert pointers([8], 10, [1_000], MONO).plain() == "  1,000 ▼"
    assert pointers([2], 10, [40], ASCII).plain() == "  v 40"


@pytest.mark.parametrize(
    ("count", "width", "height", "expected"),
    [(2, 100, 28, (1, 2)), (2, 200, 20, (2, 1)), (4, 100, 28, (2, 2)), (4, 58, 20, (1, 2)), (1, 20, 5, (1, 1))],
)
def test_panels_are_arranged_by_the_room_there_is(count, width, height, expected) -> None:
    assert arrangement(count, width, height) == expected


@pytest.mark.parametrize("name", ["losses", "progress", "weights", "phases", "history", "attention-history"])
def test_the_selection_decides_which_axes_are_logarithmic(name: str, exact: Explorer):
    own = initial_selection(exact)
    drawn = {
        chosen: VIEWS[name].draw(VIEWS[name].query(exact, replace(own, log_x=chosen[0], log_y=chosen[1])), 90, 30, DARK)
        for chosen in ((None, None), (False, None), (True, None), (None, True), (None, False))
    }
    assert drawn[None, None] == drawn[False, None] != drawn[True, None]
    assert drawn[None, True] != drawn[None, False]


def test_what_a_log_axis_leaves_out_is_counted_in_the_chart(exact: Explorer):
    answer = VIEWS["logit-formula"].query(exact, replace(initial_selection(exact), log_y=True))
    hidden = sum(int((curve.values <= 0).sum()) for curve in answer.curves.curves if curve.column.startswith("c_"))
    assert hidden  # coefficients of both signs
    assert f"({hidden} points off the log axis)" in VIEWS["logit-formula"].draw(answer, 120, 40, MONO).plain()


def test_a_crosshair_on_the_strips_reads_neurons_at_an_epoch(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run))
    measure(explorer)
    answer = VIEWS["emergence"].query(explorer, initial_selection(explorer))
    strips = answer.strips
    (area,) = VIEWS["emergence"].draw(answer, 70, 20, MONO).areas
    last = area.read(area.width - 1, 0)
    assert area.at(40, 0) == (area.width - 1, last)
    assert area.at(41, 0) is None
    assert last.text == f"epoch 40, k = {strips.frequencies[0]}: {strips.neurons[0, -1]:.0f} neurons"
    assert area.read(0, area.height - 1).text.startswith(f"epoch 0, k = {strips.frequencies[-1]}: ")


@pytest.mark.parametrize("width", [24, 70])
def test_on_strips_each_epoch_is_told_though_they_share_a_column(tiny_run, width) -> None:
    explorer = Explorer(open_run(tiny_run))
    measure(explorer)
    strips = VIEWS["emergence"].query(explorer, initial_selection(explorer)).strips
    answer = VIEWS["emergence"].query(explorer, initial_selection(explorer))
    (area,) = VIEWS["emergence"].draw(answer, width, 20, MONO).areas
    told = {area.at(epoch, row)[1].text for epoch in explorer.epochs for row in range(area.height)}
    expected = {
        f"epoch {epoch:,.0f}, k = {k}: {neurons:.0f} neurons"
        for k, of_k in zip(strips.frequencies, strips.neurons, strict=True)
        for epoch, neurons in zip(strips.epochs, of_k, strict=True)
    }
    assert told == expected


@pytest.mark.parametrize("size", [(40, 9), (90, 40)])
def test_on_the_map_of_norms_each_epoch_is_told(exact: Explorer, size) -> None:
    answer = VIEWS["embedding-history"].query(exact, initial_selection(exact))
    (area,) = VIEWS["embedding-history"].draw(answer, *size, MONO).areas
    norms = np.sqrt(answer.norms.squared)
    for index, epoch in enumerate(exact.epochs):
        told = [area.at(epoch, row)[1].text for row in range(area.height)]
        assert all(text.startswith(f"epoch {epoch:,}, ") for text in told)
        found = {float(text.split(": ")[1].split(" ")[0]) for text in told}
        assert max(found) == pytest.approx(norms[:, index].max(), rel=1e-3)


def test_what_is_not_measured_yet_is_told(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1])
    steps = explorer.run_metrics(40).steps()
    for _ in range(3):
        next(steps)
    (area,) = (
        VIEWS["emergence"].draw(VIEWS["emergence"].query(explorer, initial_selection(explorer)), 70, 20, MONO).areas
    )
    assert area.at(15, 0)[1].text == "epoch 15, not measured"
    assert area.at(40, 0) is None
