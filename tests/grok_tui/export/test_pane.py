"""A pane's content drawn at its size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.export.pane import PaneContent
from grok_tui.queries.provenance import provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.palette import ASCII, MONO
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

CLUSTERS = VIEWS["clusters"]


@pytest.fixture
def pane(explorer) -> PaneContent:
    selection = initial_selection(explorer)
    answer = answer_view(CLUSTERS, explorer, selection)
    return PaneContent(CLUSTERS, answer, provenance=provenance_of(explorer, selection, [CLUSTERS]))


def test_the_answer_below_its_title(pane) -> None:
    drawing = pane.draw(60, 10, MONO, note=" · computing")
    title, *body = drawing.plain().splitlines()
    assert (drawing.width, drawing.height) == (60, 10)
    assert title.startswith("── clusters · epoch 40 · keys of 40 · computing ──")
    assert "freq" in body[0]
    assert pane.draw(60, 10, MONO, focused=True).plain().startswith("━━ clusters")
    assert pane.draw(60, 10, ASCII).plain().startswith("-- clusters")


def test_without_an_answer_a_message(pane) -> None:
    waiting, failed = PaneContent(CLUSTERS), PaneContent(CLUSTERS, failure="epoch 7 has no checkpoint")
    assert (waiting.title, failed.title) == ("clusters", "clusters")
    assert waiting.draw(40, 5, MONO).plain().splitlines()[1].strip() == "computing"
    assert "epoch 7 has no checkpoint" in failed.draw(40, 5, MONO).plain()
    assert [content.complete for content in (pane, waiting, failed)] == [True, False, False]


def test_an_answer_without_provenance_is_incomplete(pane) -> None:
    assert not PaneContent(pane.view, pane.answer).complete


def test_a_comparison_has_its_own_title(explorer) -> None:
    selection = replace(initial_selection(explorer), pinned_epoch=10)
    answer = answer_view(CLUSTERS, explorer, selection, counterpart_of(explorer, selection, None))
    pane = PaneContent(CLUSTERS, answer)
    assert pane.title.startswith("40 against 10 · clusters")
    assert pane.answer_view is pane.answer_view
