"""A real process on a real pseudo-terminal, told to go: it keeps its session, gives the terminal back and is gone."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sys
import termios
import time

import pytest
from platformdirs import user_state_path

_ENDED_SECONDS = 30  # a busy machine; that it takes less than one on an idle one is for the benchmarks


class Terminal:
    """The program on a pseudo-terminal of 80x24."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        program = "import sys; from grok_tui.cli import main; sys.exit(main())"
        environment = os.environ | {"TERM": "xterm-256color", "OMP_NUM_THREADS": "1"}
        actions = [(os.POSIX_SPAWN_DUP2, slave, fd) for fd in range(3)]
        command = [sys.executable, "-c", program, *arguments]
        self.pid = os.posix_spawn(sys.executable, command, environment, file_actions=actions, setsid=True)
        self.seen = b""

    def read_until(self, text: bytes) -> None:
        end = time.monotonic() + 60
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)
        assert text in self.seen

    def status(self) -> int:
        """The exit status, while all that is written is read."""
        end = time.monotonic() + _ENDED_SECONDS
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it did not end")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tiny_run, number) -> None:
    terminal = Terminal(str(tiny_run), "--epoch", "20")
    terminal.read_until(b"of 5)")
    os.kill(terminal.pid, number)
    assert terminal.status() == 128 + number
    assert b"\x1b[?1049l" in terminal.seen[-2000:]
    assert b"\x1b[?25h" in terminal.seen[-2000:]
    assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert json.loads(file.read_text())["epoch"] == 20


def test_a_terminal_that_vanishes_takes_it_along(tiny_run) -> None:
    terminal = Terminal(str(tiny_run))
    terminal.read_until(b"of 5)")
    os.close(terminal.slave)
    os.close(terminal.master)
    end = time.monotonic() + _ENDED_SECONDS
    while os.waitpid(terminal.pid, os.WNOHANG)[0] == 0:
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.02)
