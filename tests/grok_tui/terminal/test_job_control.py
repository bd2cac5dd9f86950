"""ctrl+z suspends the explorer: the shell has the terminal as it was; `fg` repaints the whole screen."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator

import pytest
from platformdirs import user_state_path

from tests.grok_tui.pseudo_terminal import Terminal

ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
MODES_OFF = [b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[?25h", b"\x1b[?7h"]
PANES = [b"losses", b"clusters", b"neuron 0", b"of 5)"]

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture
def shell(tiny_run) -> Iterator[Terminal]:
    """The explorer as a job of an interactive bash, with all panes painted."""
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", shell=True)
    terminal.read_until(b"of 5)")
    terminal.read_while_painting(quiet=1)
    yield terminal
    os.close(terminal.slave)
    os.close(terminal.master)  # hangs up, which ends the shell and its jobs
    os.waitpid(terminal.pid, 0)


def after(terminal: Terminal, keys: str, text: bytes) -> bytes:
    """What comes after some keys, up to a text and until it is quiet."""
    before = len(terminal.seen)
    terminal.send(keys)
    terminal.read_until(text, since=before)
    terminal.read_while_painting(quiet=1)
    return terminal.seen[before:]


@needs_bash
def test_the_suspended_explorer_leaves_the_terminal_to_the_shell(shell) -> None:
    left = after(shell, "\x1a", b"Stopped")
    for sequence in [LEFT, *MODES_OFF]:
        assert sequence in left[: left.index(b"Stopped")]
    settings = after(shell, "stty -a; echo do''ne\n", b"done").split()
    for setting in (b"icanon", b"echo", b"isig", b"iexten", b"icrnl", b"opost"):
        assert setting in settings
    assert b"Terminated" in after(shell, "kill %1; sleep 1; jobs\n", b"Terminated")
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert file.read_text()


@needs_bash
def test_fg_repaints_the_whole_screen(shell) -> None:
    for _ in range(2):
        after(shell, "\x1a", b"Stopped")
        painted = after(shell, "fg\n", b"of 5)")
        assert ENTERED in painted
        for text in PANES:
            assert text in painted
    assert b"epoch 30" in after(shell, "h", b"epoch 30")
    after(shell, "q", LEFT)
    assert b"status 0" in after(shell, "echo status $?\n", b"status 0")


@needs_bash
def test_bg_stops_again(shell) -> None:
    after(shell, "\x1a", b"Stopped")
    assert ENTERED not in after(shell, "bg\n", b"&")
    assert b"Stopped" in after(shell, "jobs\n", b"Stopped")
    assert b"losses" in after(shell, "fg\n", b"of 5)")
    after(shell, "q", LEFT)
    assert b"status 0" in after(shell, "echo status $?\n", b"status 0")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGCONT])
def test_without_a_shell_to_continue_it_the_explorer_goes_on(tiny_run, number) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    terminal.read_while_painting(quiet=1)
    before = len(terminal.seen)
    os.kill(terminal.pid, number)
    terminal.read_until(b"of 5)", since=before)
    terminal.read_while_painting(quiet=1)
    assert all(text in terminal.seen[before:] for text in PANES)
    terminal.send("q")
    assert terminal.status() == 0
