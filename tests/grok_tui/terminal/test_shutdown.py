"""A real process on a real pseudo-terminal, told to go: it keeps its session, gives the terminal back and is gone."""

from __future__ import annotations

import json
import os
import signal
import termios
import time

import pytest
from platformdirs import user_state_path

from tests.grok_tui.pseudo_terminal import Terminal

_ENDED_SECONDS = 30  # a busy machine; that it takes less than one on an idle one is for the benchmarks


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tiny_run, number) -> None:
    terminal = Terminal(str(tiny_run), "--epoch", "20", OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    os.kill(terminal.pid, number)
    assert terminal.status() == 128 + number
    assert b"\x1b[?1049l" in terminal.seen[-2000:]
    assert b"\x1b[?25h" in terminal.seen[-2000:]
    assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert json.loads(file.read_text())["epoch"] == 20


def test_a_terminal_that_vanishes_takes_it_along(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    os.close(terminal.slave)
    os.close(terminal.master)
    end = time.monotonic() + _ENDED_SECONDS
    while os.waitpid(terminal.pid, os.WNOHANG)[0] == 0:
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.02)


def test_the_first_thing_painted_says_what_is_opened(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    assert terminal.seen.index(b"grok-tui \xc2\xb7 opening tiny") < 50
    terminal.send("q")
    assert terminal.status() == 0


def test_a_theme_leaves_the_colours_as_they_were_told(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), "--theme", "nord", "--colours", "16", OMP_NUM_THREADS="1", COLORTERM="truecolor")
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    assert b"8;2;" not in terminal.seen


@pytest.mark.parametrize("arguments", [("no-such-run",), ("--theme", "octarine")])
def test_what_cannot_be_opened_leaves_a_clean_terminal_and_a_sentence(tmp_path, arguments) -> None:
    terminal = Terminal(*arguments, OMP_NUM_THREADS="1")
    assert terminal.status() == 1
    after = terminal.seen.rpartition(b"\x1b[?1049l")[2]
    assert any(word in after for word in (b"no-such-run", b"octarine"))
    assert b"Traceback" not in terminal.seen
