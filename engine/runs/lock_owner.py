"""Which process trains a run: the record `training.owner` beside its lock."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

OWNER_NAME = "training.owner"
JOB_VARIABLE = "GROK_TUI_JOB"
# A process of another host that has not written for so long is assumed to have ended.
_SILENT_SECONDS = 600.0


@dataclass(frozen=True)
class Owner:
    """A process: its id, its host, its start time in the kernel's clock (None if unknown), its job in a scheduler."""

    pid: int
    host: str
    started: str | None
    job: str | None = None

    @staticmethod
    def this_process() -> Owner:
        return Owner(os.getpid(), socket.gethostname(), _start_time(os.getpid()), os.environ.get(JOB_VARIABLE) or None)

    @property
    def has_ended(self) -> bool:
        """Whether the process provably ended: its id is unused on this host, or belongs to a later process."""
        if not Path("/proc/self/stat").exists():
            return False
        current = _start_time(self.pid)
        return current is None or (self.started is not None and current != self.started)


def is_being_trained(run: Path, changed_at: float, now: float) -> bool:
    """Whether a process trains a native run whose files last changed at `changed_at` (seconds since 1970).

    A process of another host is assumed to, unless the run has not changed for ten minutes: it saves every 30 seconds.
    """
    owner = read_owner(run / OWNER_NAME)
    if owner is None:
        return False
    return not owner.has_ended if owner.host == socket.gethostname() else now - changed_at < _SILENT_SECONDS


def read_owner(record: Path) -> Owner | None:
    """The owner in a record; None if there is no record, or it is damaged."""
    try:
        return Owner(**json.loads(record.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _start_time(pid: int) -> str | None:
    """The start time of a process in the kernel's ticks since boot; None if there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22; the name in parentheses may contain blanks
