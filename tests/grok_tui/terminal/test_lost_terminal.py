"""The explorer still ends if its terminal disappears while it paints."""

from __future__ import annotations

import os
import pty
import threading
import time
from pathlib import Path

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from grok_tui.terminal.lost_terminal import LossyOutput
from tests.grok_tui.pseudo_terminal import Terminal

_HANG_SECONDS = 30  # the test fails if the process is still alive then


def test_writes_do_not_wait_for_a_terminal_that_is_gone() -> None:
    master, slave = pty.openpty()
    os.close(master)
    with os.fdopen(slave, "w") as file:
        writer = WriterThread(LossyOutput(file))
        writer.start()

        def write_much() -> None:
            for _ in range(3 * MAX_QUEUED_WRITES):
                writer.write("x" * 10_000)
            writer.stop()

        writing = threading.Thread(target=write_much, daemon=True)
        writing.start()
        writing.join(_HANG_SECONDS)
        assert not writing.is_alive(), "the writes wait for a thread that has ended"


def test_the_process_ends_with_its_terminal_while_it_paints(tiny_run: Path) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    terminal.send("jk" * 400)  # more paints than the writer's queue takes
    os.close(terminal.slave)
    os.close(terminal.master)
    end = time.monotonic() + _HANG_SECONDS
    while os.waitpid(terminal.pid, os.WNOHANG)[0] == 0:
        assert time.monotonic() < end, "the process is still alive"
        time.sleep(0.02)
