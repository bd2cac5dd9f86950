"""Gradient symmetricity over all right answers of every checkpoint: step by step, cached, absent where it must be."""

from __future__ import annotations

import pytest
import torch

from engine import Explorer, open_run
from engine.metrics.algorithm import gradient_symmetricity_of_right_answers
from tests.engine.bare_network import BareConfig, bare_explorer


def test_a_step_computes_a_checkpoint(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), dtype=torch.float64)
    history = explorer.symmetricity_history()
    assert history.snapshot() == {}
    steps = history.steps()
    next(steps)
    first = history.snapshot()
    assert list(first) == [explorer.epochs[0]]
    assert history.snapshot() is first
    assert len(list(steps)) == len(explorer.epochs) - 1
    assert list(history.steps()) == []
    assert history.snapshot() == {
        epoch: pytest.approx(gradient_symmetricity_of_right_answers(explorer.network(epoch)))
        for epoch in explorer.epochs
    }


def test_values_are_read_from_the_cache(tiny_run, tmp_path, monkeypatch) -> None:
    histories = [Explorer(open_run(tiny_run), cache=tmp_path).symmetricity_history() for _ in range(2)]
    list(histories[0].steps())
    monkeypatch.setattr("engine.metrics.algorithm.gradient_symmetricity_of_right_answers", None)
    list(histories[1].steps())
    assert histories[1].snapshot() == histories[0].snapshot()
    next(tmp_path.iterdir()).write_text("{}")
    monkeypatch.undo()
    again = Explorer(open_run(tiny_run), cache=tmp_path).symmetricity_history()
    list(again.steps())
    assert again.snapshot() == histories[0].snapshot()


def test_a_network_without_gradients_has_no_steps() -> None:
    assert list(bare_explorer(BareConfig()).symmetricity_history().steps()) == []


def test_a_checkpoint_that_overflows_has_no_value(tiny_run, monkeypatch) -> None:
    monkeypatch.setattr("engine.metrics.algorithm.gradient_symmetricity_of_right_answers", lambda network: float("nan"))
    history = Explorer(open_run(tiny_run)).symmetricity_history()
    assert len(list(history.steps())) == 5
    assert history.snapshot() == {}
