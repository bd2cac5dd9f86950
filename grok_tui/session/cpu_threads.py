"""The CPU threads of the engine: no more than there are cores that no other program uses.

torch divides each operation among its threads and waits for the slowest. On busy cores that is one which the system
does not run for some milliseconds, many times per checkpoint: there a single thread is ten times as fast as two.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

_LOAD = Path("/proc/loadavg")


def use_free_cores() -> None:
    """Set the threads of torch in this thread, if torch is loaded: at most its default, or what OMP_NUM_THREADS says.

    Without effect where the system does not report how many threads are running.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    most = _default_threads()
    if most == 1:
        return
    try:
        free = free_cores(_LOAD.read_text(encoding="ascii"), len(os.sched_getaffinity(0)))
    except (AttributeError, IndexError, OSError, ValueError):  # not Linux
        return
    threads = min(most, free)
    if threads != torch.get_num_threads():
        torch.set_num_threads(threads)


def free_cores(load: str, cores: int) -> int:
    """The cores without a running thread, the reader's counted as free; at least 1.

    `load` is the text of /proc/loadavg.

    >>> free_cores("0.81 1.65 1.75 3/149 19279", cores=8)
    6
    """
    running = int(load.split()[3].partition("/")[0])
    return max(1, cores - max(0, running - 1))


@cache
def _default_threads() -> int:
    """Read once, before any thread sets another number."""
    count: int = sys.modules["torch"].get_num_threads()
    return count
