"""Every view draws a run without key frequencies."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.view_queries import measure


@pytest.fixture(scope="module")
def no_keys(tiny_run) -> Explorer:
    return Explorer(open_run(tiny_run), keys=[])


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if not view.over_epochs])
def test_a_view_without_key_frequencies(no_keys, name) -> None:
    view = VIEWS[name]
    answer = view.query(no_keys, initial_selection(no_keys))
    assert view.draw(answer, 60, 20, MONO).width == 60
    assert view.table(answer).columns


@pytest.mark.parametrize("name", ["progress", "test-trig-ratio", "trig-fraction", "logit-formula"])
def test_curves_of_key_frequencies_say_why_they_are_absent(no_keys, name) -> None:
    measure(no_keys)
    view = VIEWS[name]
    drawn = view.draw(view.query(no_keys, initial_selection(no_keys)), 120, 20, MONO).plain()
    sentence = "no key frequencies at epoch 40: nothing to compare with (r takes another reference)"
    assert sentence in " ".join(drawn.split())
    assert "split unknown" not in drawn
