"""One view of one selection: its answer, what draws it and its provenance."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine import Explorer, GrokError, open_run
from grok_tui.queries.shown_view import query_view, sides_with_run_metrics
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS


@pytest.fixture
def single(tiny_run: Path, tmp_path: Path) -> Path:
    """A single checkpoint."""
    return Path(shutil.copy(tiny_run / "checkpoints" / "epoch-000040.safetensors", tmp_path))


def test_the_answer_is_complete_and_has_its_provenance(explorer) -> None:
    shown = query_view(VIEWS["clusters"], explorer, initial_selection(explorer, epoch=30), None)
    assert shown.provenance["epoch"] == 30
    assert shown.view.title(shown.answer).startswith("clusters · epoch 30")
    assert all(row.loss_zero is not None for row in shown.answer.rows)


def test_a_pinned_epoch_or_a_second_run_is_the_other_side(explorer, subtracting_run) -> None:
    pinned = replace(initial_selection(explorer), pinned_epoch=10)
    assert query_view(VIEWS["losses"], explorer, pinned, None).provenance["against"]["epoch"] == 10
    second = Explorer(open_run(subtracting_run))
    shown = query_view(VIEWS["losses"], explorer, initial_selection(explorer), second)
    assert shown.provenance["against"]["run"] == second.run.name


def test_another_run_that_cannot_answer_is_an_error(explorer, single) -> None:
    with pytest.raises(GrokError, match="needs more than one checkpoint"):
        query_view(VIEWS["weights"], explorer, initial_selection(explorer), Explorer(open_run(single)))


def test_sides_with_run_metrics_are_those_with_several_checkpoints(explorer, single, subtracting_run) -> None:
    selection = initial_selection(explorer)
    one, two = Explorer(open_run(single)), Explorer(open_run(subtracting_run))
    assert [side.explorer for side in sides_with_run_metrics(VIEWS["weights"], explorer, selection, one)] == [explorer]
    sides = [side.explorer for side in sides_with_run_metrics(VIEWS["weights"], explorer, selection, two)]
    assert sides == [explorer, two]
    assert list(sides_with_run_metrics(VIEWS["neuron"], explorer, selection, two)) == []
