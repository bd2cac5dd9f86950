"""A worker thread that runs the latest job only: a held key must not queue work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Condition, Thread, main_thread
from time import perf_counter

Job = Callable[[], None]
# Idle work, one step at a time; a step may yield the seconds to wait before the next one.
Idle = Iterator[float | None]

# How often an idle thread checks that the main thread is still alive.
_WATCH_SECONDS = 1.0


class LatestWinsWorker:
    """Runs one job at a time; a new job replaces the pending one.

    The running job is never interrupted, so that a held key paints some frames instead of none. Idle work, an
    iterator that yields between its steps (such as prefetching), stops as soon as a job is submitted. An urgent job
    runs before the pending job and does not replace it: that job may depend on it. Jobs handle their own exceptions;
    an exception that escapes ends that job alone. `prepare` runs in the thread before each job and idle step.
    """

    def __init__(self, name: str = "engine", prepare: Job = lambda: None) -> None:
        self._changed = Condition()
        self._job: Job | None = None
        self._urgent: Job | None = None
        self._idle: Idle | None = None
        self._idle_from = 0.0  # when the next idle step may run, by `perf_counter`
        self._stopping = False
        self._prepare = prepare
        # Not a daemon: a process that ends while a thread is within torch aborts. It ends with the main thread.
        self._thread = Thread(target=self._run, name=name)
        self._thread.start()

    def submit(self, job: Job, then_idle: Idle | None = None) -> None:
        """Run this next instead of the pending job; then `then_idle`, until another job is submitted."""
        with self._changed:
            self._job, self._idle, self._idle_from = job, then_idle, 0.0
            self._changed.notify()

    def submit_urgent(self, job: Job) -> None:
        """Run this before the pending job; a new urgent job replaces the pending urgent one."""
        with self._changed:
            self._urgent = job
            self._changed.notify()

    def stop(self) -> None:
        """End the thread after the current job or step."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._has_work() and not self._ended():
                    self._changed.wait(_WATCH_SECONDS if self._idle is None else self._idle_wait())
                if self._ended():
                    return
                job, idle = self._next()
            with suppress(Exception):
                self._prepare()
                if job is not None:
                    job()
            if idle is not None:
                self._step(idle)

    def _has_work(self) -> bool:
        if self._urgent is not None or self._job is not None:
            return True
        return self._idle is not None and self._idle_wait() == 0

    def _idle_wait(self) -> float:
        return min(max(self._idle_from - perf_counter(), 0.0), _WATCH_SECONDS)

    def _ended(self) -> bool:
        return self._stopping or not main_thread().is_alive()

    def _next(self) -> tuple[Job | None, Idle | None]:
        job: Job | None
        if self._urgent is not None:
            job, self._urgent = self._urgent, None
        else:
            job, self._job = self._job, None
        return job, self._idle if job is None else None

    def _step(self, idle: Idle) -> None:
        try:
            seconds = next(idle)
        except Exception:  # exhausted, or failed: speculative work reports no errors
            with self._changed:
                if self._idle is idle:
                    self._idle = None
        else:
            with self._changed:
                if self._idle is idle:
                    self._idle_from = perf_counter() + (seconds or 0.0)
