"""Phases of neurons over epochs: the numbers of `neuron-phases` at every checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS, neuron_phases
from tests.grok_tui.views.checks import assert_drawings
from tests.grok_tui.views.view_queries import measure, table_rows

VIEW = VIEWS["neuron-phases-history"]


def test_every_epoch_has_the_numbers_of_the_view_of_one_epoch(exact) -> None:
    rows = table_rows(exact, "neuron-phases-history")
    assert [row["epoch"] for row in rows] == list(exact.epochs)
    seen = 0
    for row in rows:
        found = neuron_phases.query(exact, initial_selection(exact, epoch=row["epoch"]))
        for number, by_key in (("alignment", found.mean_alignment), ("resultant", found.resultant)):
            for k in exact.keys(exact.epochs[-1]):
                assert row[f"{number}_{k}"] == (pytest.approx(by_key[k], abs=1e-9) if k in by_key else None)
            assert row[f"{number}_mean"] == (pytest.approx(np.mean(list(by_key.values()))) if by_key else None)
            seen += len(by_key)
    assert seen


def test_the_line_above_has_the_means(exact) -> None:
    text = VIEW.draw(VIEW.query(exact, initial_selection(exact)), 120, 30, MONO).plain()
    last = table_rows(exact, "neuron-phases-history")[-1]
    assert f"mean over clusters: cos(2 phi - psi) {last['alignment_mean']:.3f}" in text


def test_a_run_without_sum_directions_has_none(squaring_run) -> None:
    explorer = Explorer(open_run(squaring_run), keys=[1, 2])
    measure(explorer)
    assert (
        "no neuron is in a cluster"
        in VIEW.draw(VIEW.query(explorer, initial_selection(explorer)), 100, 20, MONO).plain()
    )


def test_drawings_have_the_size_of_the_pane(exact) -> None:
    assert_drawings(VIEW, exact)
