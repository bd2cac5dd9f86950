"""One thread that does the newest job only: a held key must not queue work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Condition, Thread, main_thread

Job = Callable[[], None]
# What is done a step at a time while nothing else is asked for; a step may yield the seconds to wait before the next.
Idle = Iterator[float | None]

# How often a thread without work looks whether the program has ended without stopping it.
_WATCH_SECONDS = 1.0


class LatestWinsWorker:
    """Runs one job at a time; of the jobs asked for meanwhile only the newest is kept.

    A job under way is finished, so that a held key paints whatever it got to instead of never anything. What is to
    be done in idle time (an iterator that yields between its steps, such as prefetching) ends as soon as a job comes.
    An errand is done before the job that waits and in place of none: the job may depend on it. An error in a job is
    the job's to tell; it ends that job alone.
    """

    def __init__(self, name: str = "engine") -> None:
        self._changed = Condition()
        self._job: Job | None = None
        self._errand: Job | None = None
        self._idle: Idle | None = None
        self._stopping = False
        # Not a daemon: a process that ends while a thread is within torch aborts. It ends with the main thread.
        self._thread = Thread(target=self._run, name=name)
        self._thread.start()

    def submit(self, job: Job, then_idle: Idle | None = None) -> None:
        """Do this next, in place of any job that still waits; afterwards, and if nothing else comes, `then_idle`."""
        with self._changed:
            self._job, self._idle = job, then_idle
            self._changed.notify()

    def submit_urgent(self, errand: Job) -> None:
        """Do this next, before any job that waits; of errands, too, only the newest is kept."""
        with self._changed:
            self._errand = errand
            self._changed.notify()

    def stop(self) -> None:
        """End the thread after the step under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._errand or self._job or self._idle or self._stopping) and main_thread().is_alive():
                    self._changed.wait(_WATCH_SECONDS)
                if self._stopping or not main_thread().is_alive():
                    return
                job, idle = self._next()
            with suppress(Exception):
                if job is not None:
                    job()
            if idle is not None:
                self._step(idle)

    def _next(self) -> tuple[Job | None, Idle | None]:
        job: Job | None
        if self._errand is not None:
            job, self._errand = self._errand, None
        else:
            job, self._job = self._job, None
        return job, self._idle if job is None else None

    def _step(self, idle: Idle) -> None:
        try:
            seconds = next(idle)
        except Exception:  # its end, or an error: a guess about what is wanted next is worth no message
            with self._changed:
                if self._idle is idle:
                    self._idle = None
        else:
            if seconds is not None:
                self._rest(seconds)

    def _rest(self, seconds: float) -> None:
        """Wait, but not a moment longer than until something is asked for."""
        with self._changed:
            self._changed.wait_for(lambda: self._errand or self._job or self._stopping, seconds)
