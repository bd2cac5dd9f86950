"""One trainer per run: `training.lock` in its folder is locked, `training.owner` names the process that trains.

filelock takes the kernel's lock, so it ends with its process, however that ends, and a reused process id cannot be
mistaken for the owner. The record serves three purposes: the error message, other hosts, whose kernels may not share
the lock, and file systems without locks, where the recorded process is looked up. (filelock's SoftFileLock, its own
fallback for these, stays locked if its owner is killed between creating and writing the file.)

A scheduler that restarts a job on another node has ended its former attempt. It sets GROK_TUI_JOB to an id that both
attempts have and no other process, so that the second one takes over the locks of a node that was lost.
`release_lock_of` removes the record of a job that has ended and is not restarted.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from engine.errors import GrokError
from engine.runs.atomic_files import write_atomically
from engine.runs.lock_owner import OWNER_NAME, Owner, read_owner

LOCK_NAME = "training.lock"
LOCK_FILES = LOCK_NAME, OWNER_NAME
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class LockedRun(GrokError):
    """Another process trains this run."""


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run; the stale lock of a dead process is taken over.

    Raises:
        LockedRun: another process holds it; the message names the process and its host.
    """
    lock, record = FileLock(folder / LOCK_NAME, blocking=False, fallback_to_soft=False), folder / OWNER_NAME
    exclusive = _acquire(lock, record)
    try:
        _require_free(record, exclusive)
        try:
            write_atomically(record, f"{json.dumps(asdict(Owner.this_process()))}\n".encode())
            yield
        finally:  # still locked, so nobody else can hold these files
            for path in (record, folder / LOCK_NAME):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
    finally:
        lock.release()


def release_lock_of(run: Path, has_ended: Callable[[str], bool]) -> None:
    """Remove the owner's record of a run if its owner was in a job that has provably ended, on whichever host."""
    owner = read_owner(run / OWNER_NAME)
    if owner is not None and owner.job is not None and has_ended(owner.job):
        (run / OWNER_NAME).unlink(missing_ok=True)


def _acquire(lock: BaseFileLock, record: Path) -> bool:
    """Take the kernel's lock; False if the file system has no locks."""
    try:
        lock.acquire()
    except Timeout:
        raise _locked(record) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _require_free(record: Path, exclusive: bool) -> None:
    """Refuse a run whose recorded owner may still be training."""
    owner, this = read_owner(record), Owner.this_process()
    if owner is None:
        return
    ended = exclusive or owner.has_ended if owner.host == this.host else owner.job is not None and owner.job == this.job
    if not ended:
        raise _locked(record)


def _locked(record: Path) -> LockedRun:
    owner = read_owner(record)
    name = "another process" if owner is None else f"process {owner.pid} on {owner.host}"
    return LockedRun(
        f"{record.parent} is being trained by {name}; wait for it or stop it. If it no longer runs, remove {record}."
    )
