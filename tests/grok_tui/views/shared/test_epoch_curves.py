"""Curves over epochs: bands of the phases, notes on progress, tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grok_tui.views.shared.epoch_curves import Curve, Curves, curves_table, phase_bands, progress_notes
from tests.grok_tui.views.view_queries import measure


def test_bands_start_before_they_end_and_need_all_checkpoints(exact) -> None:
    run_metrics = exact.run_metrics(40).snapshot()
    assert all(start < end for start, end, _ in phase_bands(run_metrics))
    assert phase_bands(replace(run_metrics, total=6)) == ()


def test_notes_count_measured_and_unreadable_checkpoints(explorer) -> None:
    assert progress_notes(explorer.run_metrics(40).snapshot()) == ["no metrics yet", "0 of 5 checkpoints measured"]
    measure(explorer)
    complete = explorer.run_metrics(40).snapshot()
    assert progress_notes(complete) == []
    assert progress_notes(replace(complete, total=6, failed=1)) == ["1 of 6 checkpoints cannot be read"]


def test_absent_values_are_none_in_tables_and_nan_in_curves(exact) -> None:
    run_metrics = exact.run_metrics(40).snapshot()
    values = np.array([1.0, np.nan, 3.0, 4.0, 5.0])
    curves = Curves.of(run_metrics, [Curve("a", "A", values), Curve("b", "B", np.full(5, np.nan))])
    assert [row[1] for row in curves_table(curves).rows] == [1, None, 3, 4, 5]
    assert [curve.column for curve in curves.known()] == ["a"]
    assert [curves.at(epoch, "a") for epoch in (0, 10, 20, 21)] == [1, None, 3, None]
