"""The explorer over a real SSH connection: as in a local terminal, and nothing is lost when the connection is cut."""

from __future__ import annotations

import json
import os
import shlex
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_state_path

from tests.grok_tui.answering_terminal import DEVICE_ATTRIBUTES, TRUE_COLOUR, AnsweringTerminal
from tests.grok_tui.pseudo_terminal import PROGRAM
from tests.grok_tui.ssh_server import SshServer, ssh_server
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
TRUE_COLOUR_ANSWER = {TRUE_COLOUR: b"\x1bP1+r524742=8\x1b\\", DEVICE_ATTRIBUTES: b"\x1b[?62;22c"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("sshd")) as started:
        yield started


def explore(server: SshServer, run: Path, folder: Path, answers: dict[bytes, bytes]) -> AnsweringTerminal:
    """Explore a run over SSH, in a folder, where `pid` gets the number of the explorer's process."""
    there = {name: value for name, value in os.environ.items() if name.startswith("XDG_")}
    there |= {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    variables = [f"{name}={value}" for name, value in there.items()]
    command = shlex.join(["env", *variables, *PROGRAM, str(run)])
    command = f"cd {shlex.quote(str(folder))} && echo $$ > pid && exec {command}"
    terminal = AnsweringTerminal(
        command, answers=answers, program=server.client, columns=100, rows=30, COLORTERM="truecolor"
    )
    terminal.read_until(b"5 of 5)")
    return terminal


def ends(pid: int) -> bool:
    """Whether a process, which is a child of another one, has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(("answers", "true_colour"), [(TRUE_COLOUR_ANSWER, True), ({}, False)], ids=["asked", "none"])
def test_start_step_resize_and_export(
    server: SshServer, tiny_run: Path, tmp_path: Path, answers: dict[bytes, bytes], true_colour: bool
) -> None:
    """SSH drops COLORTERM: true colour is what the terminal answers, through the connection."""
    terminal = explore(server, tiny_run, tmp_path, answers)
    assert (b"8;2;" in terminal.seen.partition(DEVICE_ATTRIBUTES)[2]) == true_colour

    before = len(terminal.seen)
    terminal.send("\x1b[D")
    terminal.read_until(b"4 of 5)", before)

    before = len(terminal.seen)
    termios.tcsetwinsize(terminal.slave, (36, 110))
    os.kill(terminal.pid, signal.SIGWINCH)
    terminal.read_until(b"\x1b[36;", before)  # the new last line

    before = len(terminal.seen)
    terminal.send("e")
    terminal.read_until(b".txt", before)
    terminal.send("\r")
    wait_until(lambda: any(tmp_path.glob("tiny-*.txt")), lambda: sorted(tmp_path.iterdir()))
    (exported,) = tmp_path.glob("tiny-*.txt")
    assert "epoch 30" in exported.read_text()

    terminal.send("q")
    assert terminal.status() == 0
    assert b"\x1b[?1049l" in terminal.seen


def test_a_connection_that_is_cut_ends_the_explorer_and_loses_nothing(
    server: SshServer, tiny_run: Path, tmp_path: Path
) -> None:
    terminal = explore(server, tiny_run, tmp_path, TRUE_COLOUR_ANSWER)
    pid = int((tmp_path / "pid").read_text())
    before = len(terminal.seen)
    terminal.send("\x1b[D\x1b[D")
    terminal.read_until(b"3 of 5)", before)
    os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)
    wait_until(lambda: ends(pid), lambda: f"process {pid} is still there")
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert json.loads(file.read_text())["epoch"] == 20
