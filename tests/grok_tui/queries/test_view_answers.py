"""Answers of several views to one selection, and their comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Explorer, open_run
from engine.errors import GrokError
from grok_tui.queries.view_answers import answer_view, answer_views
from grok_tui.session.comparison_target import ComparisonTarget, counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import Comparison


def test_all_views_and_their_frame(explorer) -> None:
    selection = initial_selection(explorer)
    answers = answer_views(explorer, selection, ["clusters", "neuron"])
    assert answers.selection == selection
    assert list(answers.views) == list(answers.provenance) == ["clusters", "neuron"]
    assert [c.frequency for c in answers.clusters] == [1, 2, 3, None]
    assert answers.status.startswith(f"{explorer.run.name} · epoch 40 (5 of 5) · key frequencies 1, 2, 3")


def test_a_failing_view_leaves_the_others(explorer) -> None:
    answers = answer_views(explorer, replace(initial_selection(explorer), neuron=999), ["neuron", "losses"])
    assert isinstance(answers.views["neuron"], GrokError)
    assert not isinstance(answers.views["losses"], Exception)
    assert set(answers.provenance) == {"neuron", "losses"}


def test_provenance_is_empty_where_the_reference_epoch_is_unknown(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run))
    answers = answer_views(explorer, replace(initial_selection(explorer), reference_epoch=35), ["losses"])
    assert answers.provenance == {}
    assert answers.clusters == ()


@pytest.mark.parametrize(("epoch", "compared"), [(40, True), (10, False)])
def test_a_pinned_epoch_is_not_compared_with_itself(explorer, epoch, compared) -> None:
    selection = replace(initial_selection(explorer), epoch=epoch, pinned_epoch=10)
    answers = answer_views(explorer, selection, ["clusters"])
    assert answers.selection == selection
    assert isinstance(answers.views["clusters"], Comparison) == compared
    assert (answers.provenance["clusters"]["against"] is not None) == compared
    assert (", pinned" in answers.status) != compared
    assert ("against epoch 10" in answers.status) == compared


def test_the_comparison_target_is_computed_once(explorer, monkeypatch) -> None:
    calls = []

    def counted(*arguments: object) -> object:
        calls.append(arguments)
        return counterpart_of(*arguments)

    monkeypatch.setattr("grok_tui.queries.view_answers.counterpart_of", counted)
    selection = replace(initial_selection(explorer), pinned_epoch=10)
    answers = answer_views(explorer, selection, ["clusters", "neuron", "spectrum", "losses"])
    assert len(calls) == 1
    assert all(isinstance(answer, Comparison) for answer in answers.views.values())


def test_a_target_that_cannot_answer_is_a_note(explorer, tiny_run) -> None:
    second = Explorer(open_run(tiny_run), keys=[1, 2, 3])
    selection = initial_selection(explorer)
    target = ComparisonTarget(second, replace(selection, neuron=99))
    comparison = answer_view(VIEWS["neuron"], explorer, selection, target)
    assert comparison.b is None
    assert "found 99" in comparison.note
