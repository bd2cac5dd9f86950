"""A process on a pseudo-terminal shuts down on a signal: it saves its session and restores the terminal."""

from __future__ import annotations

import json
import os
import signal
import termios
from pathlib import Path

import pytest
from platformdirs import user_state_path

from tests.grok_tui.pseudo_terminal import Terminal


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_shuts_the_process_down(tiny_run: Path, number: signal.Signals) -> None:
    terminal = Terminal(str(tiny_run), "--epoch", "20", OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    os.kill(terminal.pid, number)
    assert terminal.status() == 128 + number
    assert b"\x1b[?1049l" in terminal.seen[-2000:]
    assert b"\x1b[?25h" in terminal.seen[-2000:]
    assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert json.loads(file.read_text())["epoch"] == 20


def test_the_process_ends_with_its_terminal(tiny_run: Path) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    terminal.vanish()
