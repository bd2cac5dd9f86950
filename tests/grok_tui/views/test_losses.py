"""Losses over epochs: recorded by the trainer, or measured from the checkpoints of a run without a record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.view_queries import measure

VIEW = VIEWS["losses"]


@pytest.fixture
def unrecorded(tiny_run, tmp_path) -> Path:
    """The tiny run without its losses.csv."""
    return shutil.copytree(tiny_run, tmp_path / "run", ignore=shutil.ignore_patterns("losses.csv"))


def drawn(explorer: Explorer, width: int = 70) -> str:
    return VIEW.draw(VIEW.query(explorer, initial_selection(explorer)), width, 20, MONO).plain()


def test_recorded_losses_are_drawn_and_not_called_measured(explorer) -> None:
    measure(explorer)
    assert "measured" not in drawn(explorer)
    assert not VIEW.draws_run_metrics(explorer)


def test_the_curves_of_another_loss_are_named(tiny_run, tmp_path) -> None:
    """Its axis is that of the loss that was minimised; the values of the checkpoint are cross-entropy."""
    path = shutil.copytree(tiny_run, tmp_path / "run")
    recorded = json.loads((path / "run.json").read_text())
    recorded["training"]["loss"] = "stablemax"
    (path / "run.json").write_text(json.dumps(recorded | {"format_version": 3}))
    explorer = Explorer(open_run(path))
    screen = drawn(explorer, 100)
    assert "stablemax loss (nats)" in screen
    assert "curves: stablemax loss, as trained; values: cross-entropy" in screen
    own, other = (VIEW.query(each, initial_selection(each)) for each in (explorer, Explorer(open_run(tiny_run))))
    overlaid = VIEW.comparing.overlay(own, other, ("A", "B"))
    assert "stablemax loss (nats) or loss (nats)" in VIEW.draw(overlaid, 100, 20, MONO).plain()


def test_losses_are_measured_where_none_were_recorded(unrecorded) -> None:
    explorer = Explorer(open_run(unrecorded))
    assert VIEW.draws_run_metrics(explorer)
    assert "drawn here once two of 5 checkpoints are measured" in " ".join(drawn(explorer).split())
    measure(explorer, 3)
    assert "measured at 3 of 5 checkpoints" in drawn(explorer)
    measure(explorer)
    screen = drawn(explorer)
    assert "measured at 5 checkpoints" in screen
    assert all(name in screen for name in ("train", "test", "loss (nats)"))


def test_the_measured_curves_are_the_losses_of_the_checkpoints(unrecorded) -> None:
    explorer = Explorer(open_run(unrecorded))
    measure(explorer)
    answer = VIEW.query(explorer, initial_selection(explorer))
    curves = {series.name: series for series in answer.series.series()}
    rows = VIEW.table(answer).rows
    assert [column.name for column in VIEW.table(answer).columns][:4] == ["epoch", "loss", "train_loss", "test_loss"]
    for index, epoch in enumerate(explorer.epochs):
        loss = explorer.summary(epoch).losses.loss
        assert rows[index][:4] == (epoch, *(pytest.approx(value) for value in (loss.all, loss.train, loss.test)))
        assert curves["train"].x[index] == epoch
        assert (curves["train"].y[index], curves["test"].y[index]) == pytest.approx((loss.train, loss.test))


def test_without_a_split_the_loss_of_all_pairs_is_drawn(unrecorded) -> None:
    explorer = Explorer(open_run(unrecorded), no_split=True)
    measure(explorer)
    (curve,) = VIEW.query(explorer, initial_selection(explorer)).series.series()
    assert curve.name == "all pairs"
    assert list(curve.y) == pytest.approx([explorer.summary(epoch).losses.loss.all for epoch in explorer.epochs])
    assert "split unknown" in drawn(explorer)


def test_a_single_checkpoint_has_no_curve(unrecorded) -> None:
    explorer = Explorer(open_run(unrecorded / "checkpoints" / "epoch-000040.safetensors"), no_split=True)
    assert not VIEW.draws_run_metrics(explorer)
    assert "no losses were recorded with these checkpoints" in drawn(explorer)
