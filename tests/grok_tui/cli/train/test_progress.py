"""The progress of a training: lines, or a bar on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from engine import TrainingProgress
from grok_tui.cli.train.progress import PlainLines, duration, progress_narration


def test_without_a_terminal_progress_is_lines() -> None:
    lines: list[str] = []
    clock = iter(range(0, 10_000, 3))  # read at every epoch and after every line
    report = PlainLines(lines.append, lambda: next(clock))
    for step in range(101):
        report(TrainingProgress(step + 100, 200, 0.5, None, step * 0.25, step))
    assert lines[0] == "Continuing from epoch 100."
    assert lines[1] == "epoch 100/200  train 5.000e-01  test –"
    assert "About 12 s left, at 4.0 epochs per second." in lines
    assert lines[-1] == "epoch 200/200  train 5.000e-01  test –  4.0 epochs/s"
    assert 20 < len(lines) < 40


def test_on_a_terminal_progress_is_a_bar() -> None:
    written = io.StringIO()
    with progress_narration(Console(file=written, force_terminal=True, width=100, color_system=None)) as advance:
        advance(TrainingProgress(0, 10, 2.5, 2.25, 0.0, 0))
        advance(TrainingProgress(10, 10, 0.5, 0.25, 2.0, 10))
    assert "10/10" in written.getvalue()
    assert "train 5.000e-01  test 2.500e-01  5.0 epochs/s" in written.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45.2, "45 s"), (91, "2 min"), (1860, "31 min"), (7500, "2 h 05 min"), (90000, "25 h 00 min")],
)
def test_durations_as_text(seconds, words) -> None:
    assert duration(seconds) == words
