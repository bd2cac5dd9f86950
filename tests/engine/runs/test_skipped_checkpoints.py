"""The warnings about checkpoints that are not used."""

from __future__ import annotations

from engine.runs.skipped_checkpoints import duplicate_warnings


def test_duplicates_get_one_warning() -> None:
    assert duplicate_warnings({}) == []
    (warning,) = duplicate_warnings({0: "a was skipped, b is used.", 1: "c was skipped, d is used."})
    assert warning == "2 epochs appear more than once; for epoch 0, a was skipped, b is used."
