"""One trainer per run: `training.lock` in its folder names the process that writes there.

filelock takes the kernel's lock on that file, so it ends with its process, however that ends, and a reused process id
cannot be mistaken for the owner. The record in the file serves three purposes: the error message, other hosts, whose
kernels may not share the lock, and file systems without locks, where the recorded process is looked up. (filelock's
SoftFileLock, its own fallback for these, stays locked if its owner is killed between creating and writing the file.)
"""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from engine.errors import GrokError

LOCK_NAME = "training.lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


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
    lock = FileLock(path, blocking=False, fallback_to_soft=False)
    exclusive = _acquire(lock, path)
    try:
        _record_owner(path, exclusive)
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # still locked, so nobody else can hold this file
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, path: Path) -> bool:
    """Take the kernel's lock; False if the file system has no locks."""
    try:
        lock.acquire()
    except Timeout:
        raise _locked(path, _read_owner(path)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _record_owner(path: Path, exclusive: bool) -> None:
    """Write this process into the locked file, unless the recorded owner may still be training."""
    owner, this = _read_owner(path), Owner.this_process()
    if owner is not None and (owner.host != this.host or not (exclusive or owner.has_ended)):
        raise _locked(path, owner)
    try:
        path.write_text(f"{json.dumps(asdict(this))}\n", encoding="utf-8")  # in place: the lock is the inode's
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _read_owner(path: Path) -> Owner | None:
    try:
        return Owner(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
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
