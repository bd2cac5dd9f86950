"""The worker thread: the latest job wins, urgent jobs run first, idle work yields."""

from __future__ import annotations

from threading import Event, current_thread

import pytest

from grok_tui.app.worker import LatestWinsWorker


@pytest.fixture
def worker():
    made = LatestWinsWorker()
    yield made
    made.stop()
    made.join(5)


def test_a_new_job_replaces_the_pending_one(worker) -> None:
    started, go, finished, done = Event(), Event(), Event(), []
    worker.submit(lambda: (started.set(), go.wait(5), done.append(0)))
    assert started.wait(5)
    for number in range(1, 10):
        worker.submit(lambda number=number: (done.append(number), finished.set()))
    go.set()
    assert finished.wait(5)
    assert done == [0, 9]


def test_it_prepares_for_each_job_in_its_thread() -> None:
    done, finished = [], Event()
    worker = LatestWinsWorker("prepared", prepare=lambda: done.append(current_thread().name))
    try:
        worker.submit(lambda: (done.append("job"), finished.set()))
        assert finished.wait(5)
    finally:
        worker.stop()
        worker.join(5)
    assert done[:2] == ["prepared", "job"]


def test_idle_work_follows_a_job_and_stops_at_the_next(worker) -> None:
    steps, first_step, newer = [], Event(), Event()

    def prefetch():
        while True:
            steps.append("idle")
            first_step.set()
            newer.wait(0.01)
            yield

    worker.submit(lambda: steps.append("job"), prefetch())
    assert first_step.wait(5)
    done = Event()
    worker.submit(done.set)
    assert done.wait(5)
    count = len(steps)
    newer.wait(0.05)
    assert steps[0] == "job"
    assert len(steps) == count


def test_a_failing_job_does_not_stop_the_worker(worker) -> None:
    done = Event()
    worker.submit(lambda: 1 / 0)
    worker.submit(done.set)
    assert done.wait(5)


def test_an_urgent_job_runs_before_the_pending_job(worker) -> None:
    started, go, finished, done = Event(), Event(), Event(), []
    worker.submit(lambda: (started.set(), go.wait(5)))
    assert started.wait(5)
    worker.submit(lambda: (done.append("job"), finished.set()))
    worker.submit_urgent(lambda: done.append("urgent"))
    go.set()
    assert finished.wait(5)
    assert done == ["urgent", "job"]


def test_idle_work_continues_after_an_urgent_job(worker) -> None:
    steps, began, went_on, done = [], Event(), Event(), Event()

    def measure():
        began.set()
        while not done.is_set():
            steps.append("idle")
            yield
        went_on.set()

    worker.submit(lambda: None, measure())
    assert began.wait(5)
    worker.submit_urgent(done.set)
    assert went_on.wait(5)


def test_sleeping_idle_work_does_not_delay_a_job(worker) -> None:
    waiting, done = Event(), Event()

    def patient():
        waiting.set()
        yield 3_600.0

    worker.submit(lambda: None, patient())
    assert waiting.wait(5)
    worker.submit(done.set)
    assert done.wait(5)


def test_an_urgent_job_does_not_shorten_the_sleep_of_idle_work(worker) -> None:
    sleeping, urgent, woken = Event(), Event(), Event()

    def patient():
        sleeping.set()
        yield 3_600.0
        woken.set()

    worker.submit(lambda: None, patient())
    assert sleeping.wait(5)
    worker.submit_urgent(urgent.set)
    assert urgent.wait(5)
    assert not woken.wait(0.1)
