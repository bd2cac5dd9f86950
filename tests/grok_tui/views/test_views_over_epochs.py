"""Properties of all views over epochs: sizes, absent values, axes, and runs of a single checkpoint."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine import Explorer, ModelConfig, Run, UnknownQuery, Weights, open_run
from engine.networks.config import Prompt
from engine.networks.weights import weight_shapes
from engine.runs.run import Checkpoint
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
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
