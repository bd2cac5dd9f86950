"""Requests for answers: the latest wins, and no frame is delivered before the previous one is painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from queue import Empty, Queue

import pytest

from grok_tui.app.answer_loop import AnswerLoop
from grok_tui.app.worker import LatestWinsWorker
from grok_tui.queries.view_answers import ViewAnswers
from grok_tui.session.selection import initial_selection

PATIENCE = 20.0


@pytest.fixture
def worker() -> Iterator[LatestWinsWorker]:
    worker = LatestWinsWorker()
    yield worker
    worker.stop()
    worker.join(PATIENCE)


def test_the_answers_are_those_of_the_selection(explorer, worker) -> None:
    delivered: Queue[ViewAnswers] = Queue()
    loop = AnswerLoop(explorer, None, worker, delivered.put)
    selection = initial_selection(explorer, epoch=20)
    loop.request(selection, ["clusters", "neuron"], direction=1)
    answers = delivered.get(timeout=PATIENCE)
    assert answers.selection == selection
    assert list(answers.views) == ["clusters", "neuron"]
    assert answers.views["neuron"].epoch == 20


def test_the_last_of_several_requests_is_answered(explorer, worker) -> None:
    delivered: Queue[ViewAnswers] = Queue()
    loop = AnswerLoop(explorer, None, worker, delivered.put)
    start = initial_selection(explorer)
    for epoch in (0, 10, 20, 30):
        loop.request(replace(start, epoch=epoch), ["clusters"], direction=1)
    epochs = []
    while not epochs or epochs[-1] != 30:
        epochs.append(delivered.get(timeout=PATIENCE).selection.epoch)
        loop.frame_painted()
    assert len(epochs) <= 4
    with pytest.raises(Empty):
        delivered.get(timeout=0.1)
