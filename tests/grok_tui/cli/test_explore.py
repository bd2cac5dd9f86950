"""`grok-tui RUN`: the overview as text without a terminal, and the explorer with one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grok_tui.cli.explore import contains_runs
from tests.grok_tui.pseudo_terminal import Terminal
from tests.losses_only import write_losses_only


def test_the_overview_is_printed(tiny_run, run) -> None:
    status, out, _ = run(tiny_run)
    assert status == 0
    for words in ("losses · epoch 40", "clusters · epoch 40", "neuron 0 · activation", "neuron 0 · 2-D Fourier"):
        assert words in out


def test_ascii_prints_ascii_only(tiny_run, run) -> None:
    assert run(tiny_run, "--ascii").out.isascii()


def test_a_second_run_is_compared(tiny_run, subtracting_run, run) -> None:
    out = run(tiny_run, subtracting_run).out
    assert "against subtracting at epoch 40" in out


def test_the_explorer_needs_no_home(tiny_run) -> None:
    folders = {"HOME": "/dev/null", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""}
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", **folders)
    terminal.read_until(b"of 5)")
    terminal.send("\x10recent")  # the palette lists the runs opened before
    terminal.read_while_painting(quiet=1)
    terminal.send("\x1b")
    terminal.read_while_painting(quiet=1)
    terminal.send("q")
    assert terminal.status() == 0
    assert b"config.toml" not in terminal.seen


def test_the_overview_of_a_run_without_weights(tmp_path, run) -> None:
    status, out, _ = run(write_losses_only(tmp_path / "run"))
    assert status == 0
    assert "recorded · train 4e-05 · test 0.1" in out
    assert "`spectrum` needs weights; run has losses but no checkpoints." in out


@pytest.fixture
def folder(tiny_run, subtracting_run, tmp_path) -> Path:
    """A folder that contains two runs."""
    for run in (tiny_run, subtracting_run):
        shutil.copytree(run, tmp_path / "runs" / run.name)
    return tmp_path / "runs"


def test_of_a_folder_of_runs_the_table_is_printed(folder, run) -> None:
    status, out, _ = run(folder)
    assert status == 0
    assert out == run("runs", folder).out
    assert "subtracting" in out


def test_a_folder_that_is_a_run_is_not_a_folder_of_runs(tiny_run, folder, tmp_path) -> None:
    assert contains_runs(folder)
    assert not contains_runs(tiny_run)
    assert not contains_runs(tiny_run / "checkpoints")
    assert not contains_runs(tmp_path / "none")


def test_from_the_table_a_run_opens_and_escape_comes_back(folder) -> None:
    terminal = Terminal(str(folder), OMP_NUM_THREADS="1", columns=100, rows=30)
    terminal.read_until(b"subtracting")
    terminal.send("j\r")
    terminal.read_until(b"of 5)")
    seen = len(terminal.seen)
    terminal.send("\x1b")
    terminal.read_until(b"runs found", since=seen)
    terminal.send("q")
    assert terminal.status() == 0
