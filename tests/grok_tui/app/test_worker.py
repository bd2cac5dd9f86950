from threading import Event

import pytest

from grok_tui.app.worker import LatestWinsWorker


@pytest.fixture
def worker():
    made = LatestWinsWorker()
    yield made
    made.stop()
    made.join(5)


def test_of_the_jobs_that_wait_only_the_newest_is_done(worker) -> None:
    started, go, finished, done = Event(), Event(), Event(), []
    worker.submit(lambda: (started.set(), go.wait(5), done.append(0)))
    assert started.wait(5)
    for number in range(1, 10):
        worker.submit(lambda number=number: (done.append(number), finished.set()))
    go.set()
    assert finished.wait(5)
    assert done == [0, 9]


def test_idle_work_follows_the_job_and_gives_way_to_the_next(worker) -> None:
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


def test_a_job_that_fails_ends_alone(worker) -> None:
    done = Event()
    worker.submit(lambda: 1 / 0)
    worker.submit(done.set)
    assert done.wait(5)


def test_an_errand_goes_before_the_job_that_waits_and_replaces_none(worker) -> None:
    started, go, finished, done = Event(), Event(), Event(), []
    worker.submit(lambda: (started.set(), go.wait(5)))
    assert started.wait(5)
    worker.submit(lambda: (done.append("job"), finished.set()))
    worker.submit_urgent(lambda: done.append("errand"))
    go.set()
    assert finished.wait(5)
    assert done == ["errand", "job"]


def test_idle_work_goes_on_after_an_errand(worker) -> None:
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


def test_idle_work_that_waits_gives_way_at_once(worker) -> None:
    waiting, done = Event(), Event()

    def patient():
        waiting.set()
        yield 3_600.0

    worker.submit(lambda: None, patient())
    assert waiting.wait(5)
    worker.submit(done.set)
    assert done.wait(5)
