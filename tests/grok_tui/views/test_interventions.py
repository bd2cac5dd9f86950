"""Losses under interventions, against plain float64 definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import interventions
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of, plain_clusters


def test_losses_and_their_ratios(varied_run) -> None:
    selection = initial_selection(varied_run)
    forward, keys = forward_of(varied_run, selection), varied_run.keys(selection.reference_epoch)
    weights = varied_run.run.weights(selection.epoch).to(torch.float64)
    W_logit = weights.W_out @ weights.W_U[:, : varied_run.run.config.p]
    clusters = np.array(plain_clusters(forward.post, keys))
    parts = {}  # of the logits, by key frequency; 0: the rest
    for key in (*keys, 0):
        members = np.flatnonzero(clusters == key)
        post = forward.post[..., members]
        parts[key] = (plain.on_block(post, key) if key else post) @ W_logit[members]
    all_parts = torch.stack(list(parts.values())).sum(dim=0)
    logits = forward.logits

    def loss(kept: torch.Tensor) -> float:
        return plain.loss_grid(plain.corrected(kept, logits), forward.sign).mean().item()

    losses = {
        "original": plain.loss_grid(logits, forward.sign).mean().item(),
        "key frequency only": loss(all_parts),
        "key frequency only, no rest": loss(all_parts - parts[0]),
        "sum directions only": loss(plain.on_sum_directions(logits, keys, forward.sign)),
        **{f"without cluster {key}": loss(all_parts - parts[key]) for key in keys},
        "without the rest": loss(all_parts - parts[0]),
    }
    table = interventions.table(interventions.query(varied_run, selection))
    assert column_names(table) == [
        "intervention", "loss", "ratio_to_original", "ratio_to_key_frequency_only",
    ]  # fmt: skip
    assert [row[0] for row in table.rows] == list(losses)
    assert [row[1] for row in table.rows] == pytest.approx(list(losses.values()), rel=1e-4)
    ratios = [loss / losses["original"] for loss in losses.values()]
    assert [row[2] for row in table.rows] == pytest.approx(ratios, rel=1e-4)
    filtered = {name: loss / losses["key frequency only"] for name, loss in losses.items()}
    filtered |= {"original": None, "sum directions only": None}  # not on key frequencies of the neurons
    for name, *_, ratio in table.rows:
        assert (ratio is None) == (filtered[name] is None)
        assert ratio is None or ratio == pytest.approx(filtered[name], rel=1e-4)


def test_without_key_frequencies_their_losses_are_absent(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[])
    answer = interventions.query(explorer, initial_selection(explorer))
    losses = {row[0]: row[1] for row in interventions.table(answer).rows}
    assert losses["original"] is not None
    assert losses["sum directions only"] is None
    assert interventions.draw(answer, 60, 20, MONO).width == 60


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(interventions.VIEW, varied_run)
