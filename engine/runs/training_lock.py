"""One trainer a run: `training.lock` in its folder names the process that writes there.

The lock itself is the kernel's (`flock`), so it ends with its process however that ends, and a number that another
process has by now cannot be mistaken for the owner. The file's content is for people, for other hosts, whose kernels
may not tell, and for file systems without locks, where the process it names is looked up.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import GrokError

if sys.platform != "win32":
    import fcntl

LOCK_NAME = "training.lock"
_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)


@dataclass(frozen=True)
class Owner:
    """A process: its number, its host, and when it started there (the kernel's clock; None where it does not say)."""

    pid: int
    host: str
    started: str | None

    @staticmethod
    def this_process() -> Owner:
        return Owner(os.getpid(), socket.gethostname(), _started(os.getpid()))

    @property
    def is_gone(self) -> bool:
        """Whether it is known to have ended: no such process here, or another one by that number."""
        if not Path("/proc/self/stat").exists():
            return False
        now = _started(self.pid)
        return now is None or (self.started is not None and now != self.started)


class LockedRun(GrokError):
    """Another process trains this run."""


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Be the only trainer of a run; a lock whose owner has died is taken over.

    Raises:
        LockedRun: another process has it; the sentence names that process and its host.
    """
    path = folder / LOCK_NAME
    descriptor = _acquire(path)
    try:
        yield
    finally:
        try:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # while it is still held: nobody can hold the file that goes
        finally:
            os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            exclusive = _lock(descriptor, path)
            if _is_named(descriptor, path):
                _take(descriptor, path, exclusive)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its owner removed it between the two calls: begin again with a new file


def _lock(descriptor: int, path: Path) -> bool:
    """Take the kernel's lock; False where the file system has none."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise _refusal(path, _owner(descriptor)) from None
        return False
    return True


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _take(descriptor: int, path: Path, exclusive: bool) -> None:
    """Write this process's name into the file, unless the one that stands there may still be training."""
    owner, this = _owner(descriptor), Owner.this_process()
    if owner is not None and (owner.host != this.host or not (exclusive or owner.is_gone)):
        raise _refusal(path, owner)
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{json.dumps(asdict(this))}\n".encode())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _owner(descriptor: int) -> Owner | None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        return Owner(**json.loads(os.read(descriptor, 4096)))
    except (ValueError, TypeError):
        return None  # killed, or still busy, between making the file and writing it


def _refusal(path: Path, owner: Owner | None) -> LockedRun:
    who = "another process" if owner is None else f"process {owner.pid} on {owner.host}"
    return LockedRun(
        f"{path.parent} is being trained by {who}; wait for it or stop it. If it no longer runs, remove {path}."
    )


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks since boot; None where there is none, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22; the name in parentheses may hold blanks
