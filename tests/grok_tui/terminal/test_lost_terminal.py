"""The explorer still ends if its terminal disappears while it paints."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from grok_tui.terminal.lost_terminal import LossyOutput
from tests.grok_tui.pseudo_terminal import Terminal


def test_output_to_a_terminal_that_is_gone_is_dropped() -> None:
    master, slave = pty.openpty()
    file = os.fdopen(slave, "w")
    output = LossyOutput(file)
    output.write("x")
    output.flush()
    assert os.read(master, 10) == b"x"
    os.close(master)
    file.write("x")
    with pytest.raises(OSError, match="error"):
        file.flush()
    output.write("x" * 100_000)
    output.flush()
    assert output.fileno() == slave
    with pytest.raises(OSError, match="error"):
        file.close()


def test_the_process_ends_with_its_terminal_while_it_paints(tiny_run: Path) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    terminal.send("jk" * 400)  # more paints than the writer's queue takes
    terminal.vanish()
