"""Output that cannot be written: one sentence that names the file, and no part of it stays."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.training.disk_faults import full_from

FULL_DEVICE = Path("/dev/full")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("show", "losses", "--format", "svg-screen"), "o.svg"),
        (("show", "clusters"), "o.csv"),
        (("report",), "o.json"),
        (("convert",), "copy"),
    ],
)
def test_a_full_disk_is_reported_with_the_file(command, name, single, tmp_path, run) -> None:
    target = tmp_path / name
    before = list(tmp_path.iterdir())
    arguments = (single, target) if command == ("convert",) else (single, "--no-cache", "--output", target)
    with full_from(0):
        status, out, err = run(*command, *arguments)
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == f"{target} could not be written: No space left on device."
    assert list(tmp_path.iterdir()) == before


@pytest.mark.skipif(not FULL_DEVICE.exists(), reason=f"{FULL_DEVICE} is Linux's")
@pytest.mark.parametrize("command", [("info",), ("show", "clusters", "--no-cache")])
def test_a_full_disk_behind_stdout_is_reported_once(command, single) -> None:
    with FULL_DEVICE.open("w") as full:
        result = _grok_tui(*command, str(single), stdout=full)
    assert (result.returncode, result.stderr) == (1, "The output could not be written: No space left on device.\n")


@pytest.mark.parametrize("command", [("info",), ("show", "clusters", "--no-cache")])
def test_a_reader_that_ends_early_is_no_error(command, single) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = _grok_tui(*command, str(single), stdout=writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_closed_stdout_is_refused(single) -> None:
    result = _in_shell(f"info {shlex.quote(str(single))} >&-")
    assert (result.returncode, result.stderr) == (2, "stdout is closed; redirect it to a file, or to /dev/null.\n")


def test_messages_to_a_closed_stderr_are_dropped(tmp_path) -> None:
    result = _in_shell(f"info {shlex.quote(str(tmp_path / 'absent'))} 2>&-")
    assert (result.returncode, result.stdout) == (1, "")


def _in_shell(arguments: str) -> subprocess.CompletedProcess[str]:
    command = f"{shlex.quote(sys.executable)} -m grok_tui {arguments}"
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)


def _grok_tui(*arguments: str, stdout) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grok_tui", *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def test_what_libraries_print_meanwhile_is_narration() -> None:
    program = (
        "import os, subprocess, threading\n"
        "from grok_tui.cli.output import prints_as_narration\n"
        "with prints_as_narration():\n"
        "    thread = threading.Thread(target=print, args=('a thread',)); thread.start(); thread.join()\n"
        "    os.write(1, b'C code\\n'); subprocess.run(['echo', 'a process'])\n"
        "print('data')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "data\n"
    assert sorted(done.stderr.splitlines()) == ["C code", "a process", "a thread"]
