"""Every view draws a run without key frequencies."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS


@pytest.fixture(scope="module")
def no_keys(tiny_run) -> Explorer:
    return Explorer(open_run(tiny_run), keys=[])


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if not view.over_epochs])
def test_a_view_without_key_frequencies(no_keys, name) -> None:
    view = VIEWS[name]
    answer = view.query(no_keys, initial_selection(no_keys))
    assert view.draw(answer, 60, 20, MONO).width == 60
    assert view.table(answer).columns
