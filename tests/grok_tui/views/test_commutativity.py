"""Commutativity of the logits over epochs, against its definition."""

from __future__ import annotations

import pytest
import torch

from engine import Explorer, open_run, train
from engine.errors import UnknownQuery
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.training.architectures import settings
from tests.grok_tui.views.checks import known_explorer
from tests.grok_tui.views.view_queries import measure, table_rows

VIEW = VIEWS["commutativity"]


def test_the_curve_is_its_definition_at_every_epoch(exact, at_epoch) -> None:
    rows = table_rows(exact, "commutativity")
    assert [row["epoch"] for row in rows] == list(exact.epochs)
    for row in rows:
        _, forward = at_epoch(row["epoch"])
        logits = forward.logits - forward.logits.mean(dim=(0, 1))
        minus = (forward.sign * torch.arange(len(logits))) % len(logits)  # -y and -x in a run that subtracts
        mirrored = logits.transpose(0, 1)[minus][:, minus]
        assert row["commutativity"] == pytest.approx(((logits - mirrored).norm() / logits.norm()).item())


def test_the_line_above_has_the_value_of_the_epoch_on_show(exact) -> None:
    answer = VIEW.query(exact, initial_selection(exact))
    last = table_rows(exact, "commutativity")[-1]["commutativity"]
    assert f"{last:.3g}" in VIEW.draw(answer, 100, 30, MONO).plain().splitlines()[0]


def test_a_single_checkpoint_has_no_curve() -> None:
    explorer = known_explorer()
    with pytest.raises(UnknownQuery, match=r"^`commutativity` shows several epochs and needs more than one checkpoint"):
        VIEW.query(explorer, initial_selection(explorer))


def test_the_attention_to_x_and_y_is_beside_it(exact) -> None:
    for row in table_rows(exact, "commutativity"):
        epoch = row["epoch"]
        pattern = exact.network(epoch).pattern
        x, y = (exact.run.config.positions.index(token) for token in "xy")
        for head in range(exact.run.config.n_heads):
            mean = (pattern[:, :, head, x] - pattern[:, :, head, y]).mean().item()
            assert row[f"attention_x_minus_y_head_{head}"] == pytest.approx(mean, abs=1e-12)
    answer = VIEW.query(exact, initial_selection(exact))
    assert VIEW.query(exact, initial_selection(exact)).curves is answer.curves
    assert "attention to x - to y" in VIEW.draw(answer, 160, 40, MONO).plain()


def test_a_network_without_attention_has_the_logits_alone(tmp_path) -> None:
    config, training = settings("one-hot mlp")
    train(config, training, path=tmp_path / "run")
    explorer = Explorer(open_run(tmp_path / "run"))
    measure(explorer)
    rows = table_rows(explorer, "commutativity")
    assert {tuple(row) for row in rows} == {("epoch", "commutativity")}
