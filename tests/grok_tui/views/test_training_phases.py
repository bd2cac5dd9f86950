"""The phases of a run as intervals."""

from __future__ import annotations

from engine import Explorer, open_run
from engine.explorer.training_phases import find_training_phases
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.view_queries import measure, table_rows


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


def test_without_a_split_the_weights_are_drawn_and_no_empty_chart_of_losses(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), no_split=True, keys=[1])
    measure(explorer)
    drawn = VIEWS["phases"].draw(VIEWS["phases"].query(explorer, initial_selection(explorer)), 80, 20, MONO).plain()
    assert "split unknown" in drawn
    assert "Σ w²" in drawn
    assert "loss (nats)" not in drawn
