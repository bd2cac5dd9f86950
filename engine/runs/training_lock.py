"""One trainer per run: `training.lock` in its folder names the process that writes there.

The lock is the kernel's (`flock`), so it ends with its process, however that ends, and a reused process id cannot be
mistaken for the owner. The record in the file serves three purposes: the error message, other hosts, whose kernels may
not share the lock, and file systems without locks, where the recorded process is looked up.

filelock's SoftFileLock keeps a similar record, but without a kernel lock: if its owner is killed between creating and
writing the file, the run stays locked.
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
_LOCKED_ERRNOS = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)


@dataclass(frozen=True)
class Owner:
    """A process: its id, its host, and its start time in the kernel's clock (None if unknown)."""

    pid: int
    host: str
    started: str | None

    @staticmethod
    def this_process() -> Owner:
        return Owner(os.getpid(), socket.gethostname(), _start_time(os.getpid()))

    @property
    def has_ended(self) -> bool:
        """Whether the process provably ended: its id is unused on this host, or belongs to a later process."""
        if not Path("/proc/self/stat").exists():
            return False
        current = _start_time(self.pid)
        return current is None or (self.started is not None and current != self.started)


class LockedRun(GrokError):
    """Another process trains this run."""


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run; the stale lock of a dead process is taken over.

    Raises:
        LockedRun: another process holds it; the message names the process and its host.
    """
    path = folder / LOCK_NAME
    descriptor = _acquire(path)
    try:
        yield
    finally:
        try:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # still locked, so nobody else can hold this file
        finally:
            os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            exclusive = _lock(descriptor, path)
            if _is_current(descriptor, path):
                _record_owner(descriptor, path, exclusive)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its owner removed the file meanwhile: retry with a new one


def _lock(descriptor: int, path: Path) -> bool:
    """Take the kernel's lock; False if the file system has no locks."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _LOCKED_ERRNOS:
            raise _locked(path, _read_owner(descriptor)) from None
        return False
    return True


def _is_current(descriptor: int, path: Path) -> bool:
    """Whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _record_owner(descriptor: int, path: Path, exclusive: bool) -> None:
    """Write this process into the file, unless the recorded owner may still be training."""
    owner, this = _read_owner(descriptor), Owner.this_process()
    if owner is not None and (owner.host != this.host or not (exclusive or owner.has_ended)):
        raise _locked(path, owner)
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{json.dumps(asdict(this))}\n".encode())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _read_owner(descriptor: int) -> Owner | None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        return Owner(**json.loads(os.read(descriptor, 4096)))
    except (ValueError, TypeError):
        return None  # its owner was killed, or is still at work, between creating and writing the file


def _locked(path: Path, owner: Owner | None) -> LockedRun:
    name = "another process" if owner is None else f"process {owner.pid} on {owner.host}"
    return LockedRun(
        f"{path.parent} is being trained by {name}; wait for it or stop it. If it no longer runs, remove {path}."
    )


def _start_time(pid: int) -> str | None:
    """The start time of a process in the kernel's ticks since boot; None if there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22; the name in parentheses may contain blanks
