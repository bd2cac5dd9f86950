"""The phases of a run as intervals."""

from __future__ import annotations

from engine.explorer.training_phases import find_training_phases
from tests.grok_tui.views.view_queries import table_rows


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
