"""The program on a real pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import shlex
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-c", "import sys; from grok_tui.cli.main import main; sys.exit(main())")
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Painted:
    """What came within a while; times are `time.perf_counter()`'s, None where nothing came."""

    bytes: int
    first: float | None
    last: float | None
    frames: int  # bursts with at least 8 ms between


class Terminal:
    """Starts the program; `seen` is all that it wrote so far.

    stdin and stderr are files instead of the terminal if given. With `shell`, the program is a job of bash. `program`
    is another one to start.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        stdin: Path | None = None,
        stderr: Path | None = None,
        shell: bool = False,
        program: Sequence[str] = PROGRAM,
        **environment: str,
    ) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (rows, columns))
        self.before = termios.tcgetattr(self.slave)
        self.started = time.perf_counter()
        command = [*program, *arguments]
        bash = ["bash", "--norc", "--noprofile", "-i"]
        self.pid = os.posix_spawnp(
            *(("bash", bash) if shell else (program[0], command)),
            os.environ | {"TERM": "xterm-256color", "COLORTERM": ""} | environment,
            file_actions=[
                # A session leader that opens a terminal by its name has it as its controlling terminal.
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(self.slave), os.O_RDWR | (0 if shell else os.O_NOCTTY), 0),
                *[(os.POSIX_SPAWN_DUP2, 0, fd) for fd in (1, 2)],
                *([] if stdin is None else [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0)]),
                *([] if stderr is None else [(os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT, 0o600)]),
            ],
            setsid=True,
        )
        self.seen = b""
        if shell:
            self.send(f"{shlex.join(command)}\n")

    def send(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_until(self, text: bytes, since: int = 0) -> float:
        """Reads until a text has come, after the first `since` bytes; returns when. It must come within a minute."""
        end = time.perf_counter() + _PATIENCE_SECONDS
        while text not in self.seen[since:] and time.perf_counter() < end:
            self._read(0.1)
        assert text in self.seen[since:], f"{text!r} did not come"
        return time.perf_counter()

    def read_while_painting(self, quiet: float, at_most: float = 10.0) -> Painted:
        """Reads until nothing has come for `quiet` seconds."""
        begin, size, frames = time.perf_counter(), len(self.seen), 0
        first = last = None
        while time.perf_counter() - begin < at_most and self._read(quiet):
            now = time.perf_counter()
            frames += last is None or now - last > 0.008
            first, last = first or now, now
        return Painted(len(self.seen) - size, first, last, frames)

    def status(self) -> int:
        """The exit status, while all that is written is read; it must come within half a minute."""
        end = time.perf_counter() + _PATIENCE_SECONDS / 2
        while time.perf_counter() < end:
            self._read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it did not end")

    def vanish(self) -> None:
        """Close the terminal; the process must end within half a minute."""
        os.close(self.slave)
        os.close(self.master)
        end = time.perf_counter() + _PATIENCE_SECONDS / 2
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            assert time.perf_counter() < end, "the process is still alive"
            time.sleep(0.02)

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.seen += os.read(self.master, 1 << 20)
        return True


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
