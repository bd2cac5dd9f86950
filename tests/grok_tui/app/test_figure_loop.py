"""Figures of many runs on their thread: answers, failures, the latest request, how often while rows are read."""

from __future__ import annotations

from queue import Queue
from threading import Event
from typing import Any

import pytest

from grok_tui import run_views
from grok_tui.app import figure_loop
from grok_tui.app.figure_loop import FigureLoop
from grok_tui.run_views.run_view import ShownRuns, show_runs
from grok_tui.session.runs_selection import RunsSelection
from tests.grok_tui.run_views.made_runs import made_sweep

_PATIENCE_SECONDS = 30.0
RUNS = show_runs(made_sweep(2), RunsSelection())


@pytest.fixture
def answers():
    """A loop, and what it delivers."""
    delivered: Queue[tuple[ShownRuns, str, Any]] = Queue()
    loop = FigureLoop(lambda *answer: delivered.put(answer))
    yield loop, delivered
    loop.stop()
    loop.join(_PATIENCE_SECONDS)


def test_it_answers_each_figure_of_the_runs(answers) -> None:
    loop, delivered = answers
    loop.request(RUNS, ["histogram", "groups"])
    got = [delivered.get(timeout=_PATIENCE_SECONDS) for _ in range(2)]
    assert [(runs is RUNS, name) for runs, name, _ in got] == [(True, "histogram"), (True, "groups")]
    assert got[0][2].n_runs == len(RUNS.shown.rows)


def test_a_figure_that_fails_delivers_its_exception_and_the_next_one_follows(answers) -> None:
    loop, delivered = answers
    runs = show_runs(made_sweep(2), RunsSelection(group_by="sede"))
    loop.request(runs, ["groups", "histogram"])
    failed, found = (delivered.get(timeout=_PATIENCE_SECONDS)[2] for _ in range(2))
    assert "did you mean seed" in str(failed)
    assert found.measured > 0


def test_only_the_latest_of_the_pending_requests_is_answered(answers, monkeypatch) -> None:
    loop, delivered = answers
    view, started, go_on = run_views.RUN_VIEWS["histogram"], Event(), Event()

    class Slow:
        def query(self, runs: ShownRuns) -> object:
            started.set()
            assert go_on.wait(_PATIENCE_SECONDS)
            return view.query(runs)

    monkeypatch.setitem(run_views.RUN_VIEWS, "histogram", Slow())
    others = [show_runs(made_sweep(1), RunsSelection()) for _ in range(3)]
    loop.request(RUNS, ["histogram"])
    assert started.wait(_PATIENCE_SECONDS)
    for runs in others:
        loop.request(runs, ["histogram"])
    go_on.set()
    got = [delivered.get(timeout=_PATIENCE_SECONDS)[0] for _ in range(2)]
    assert got[0] is RUNS
    assert got[1] is others[-1]


def test_a_request_is_due_some_time_after_the_last_one(answers, monkeypatch) -> None:
    loop, _ = answers
    now = figure_loop.perf_counter()
    monkeypatch.setattr(figure_loop, "perf_counter", lambda: now)
    loop.request(RUNS, [])
    assert not loop.is_due
    now += 60
    assert loop.is_due
    loop.request(RUNS, [])
    assert not loop.is_due
