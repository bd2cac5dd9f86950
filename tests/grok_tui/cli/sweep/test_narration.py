"""The live table of a sweep, and the lines where there is no terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from engine.runs.training_progress import RecordedProgress
from engine.sweeps.run_status import RunStatus, State
from grok_tui.cli.sweep.narration import PlainLines, status_table, summary, sweep_narration


def status(name: str, state: State, epoch: int | None = 50, rate: float | None = None, detail: str = "") -> RunStatus:
    progress = RecordedProgress(epoch, 100, 0.5, None if epoch is None else 2.5, finished=state == "done")
    return RunStatus(name, Path(name), state, detail, progress, rate)


def drawn(statuses: list[RunStatus], width: int = 80, height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(status_table(statuses, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_row_has_the_progress_of_a_run() -> None:
    lines = drawn(
        [status("seed=0", "running", 50, 10.0), status("seed=1", "queued", None, detail="PENDING (Priority)")]
    )
    assert lines[0].split() == ["run", "epoch", "train", "test", "state", "epochs/s", "left"]
    assert lines[1].split() == ["seed=0", "50/100", "5.00e-01", "2.50e+00", "running", "10.0", "5", "s"]
    assert lines[2].split() == ["seed=1", "–/100", "5.00e-01", "–", "PENDING", "(Priority)", "–", "–"]
    assert lines[3] == "2 runs: 1 running, 1 queued; about 15 s left"


def test_what_does_not_fit_is_counted_and_what_runs_is_shown() -> None:
    statuses = [status(f"seed={seed}", "running" if seed == 99 else "done") for seed in range(100)]
    lines = drawn(statuses, height=12)
    assert len(lines) <= 11
    assert lines[1].startswith("seed=99 ")
    assert lines[-2].startswith("… and 92 more")


def test_a_long_name_is_cut_and_numbers_are_whole() -> None:
    name = ",".join(f"setting_{number}=0.123" for number in range(8))
    lines = drawn([status(name, "running", 50, 10.0)])
    assert "…" in lines[1]
    assert lines[1].split()[1:] == ["50/100", "5.00e-01", "2.50e+00", "running", "10.0", "5", "s"]


def test_a_narrow_terminal_omits_the_last_columns() -> None:
    lines = drawn([status("weight_decay=0.3,seed=0", "running", 50, 10.0)], width=50)
    assert lines[0].split() == ["run", "epoch", "train"]
    assert lines[1].split() == ["weight_decay=0.3,seed=0", "50/100", "5.00e-01"]
    assert all(len(line) <= 50 for line in lines[:2])


def test_a_long_reason_of_slurm_is_cut() -> None:
    lines = drawn([status("seed=0", "queued", None, detail="PENDING (ReqNodeNotAvail, UnavailableNodes:n[1-9])")])
    assert "  PENDING (ReqNodeNot…  " in lines[1]


def test_the_summary_counts_the_states() -> None:
    states: tuple[State, ...] = ("done", "done", "failed", "stopped", "skipped")
    assert summary([status("run", state) for state in states]) == "5 runs: 2 done, 1 stopped, 1 skipped, 1 failed"


def test_without_a_terminal_a_line_says_how_a_run_ended() -> None:
    lines: list[str] = []
    time = [0.0]
    show = PlainLines(lines.append, lambda: time[0])
    show([status("a", "running"), status("b", "queued"), status("c", "done", 100)])
    assert lines == []
    show([status("a", "done", 100), status("b", "running"), status("c", "done", 100)])
    show([status("a", "done", 100), status("b", "failed", detail="b is damaged."), status("c", "done", 100)])
    assert lines == ["a: done at epoch 100, train 5.00e-01, test 2.50e+00", "b: failed. b is damaged."]
    time[0] = 10.0
    show([status("a", "done", 100)])
    assert lines[-1] == "1 run: 1 done"


@pytest.mark.parametrize("terminal", [True, False])
def test_the_table_is_for_terminals(terminal) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=80, height=24)
    with sweep_narration(console) as show:
        show([status("seed=0", "running")])
    assert ("epochs/s" in output.getvalue()) == terminal
