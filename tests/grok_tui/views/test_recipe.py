"""The README's recipe for a new view: the code runs, and the view draws, tabulates and exports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine import Explorer
from grok_tui.export.render import render_answer
from grok_tui.queries.provenance import provenance_of
from grok_tui.render.palette import DARK
from grok_tui.session.selection import initial_selection
from grok_tui.views.view import View

README = Path(__file__).parents[3] / "README.md"
_RECIPE = re.compile(r"<!-- add-a-view -->\n```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def view() -> View:
    """The view that the recipe defines."""
    (code,) = _RECIPE.findall(README.read_text(encoding="utf-8"))
    namespace: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), namespace)
    return namespace["VIEW"]


def test_the_view_is_drawn(view, measured: Explorer) -> None:
    answer = view.query(measured, initial_selection(measured))
    drawing = view.draw(answer, 80, 24, DARK)
    accuracy = measured.summary(40).losses.accuracy
    assert (drawing.width, drawing.height) == (80, 24)
    assert f"train {accuracy.train:.1%} · test {accuracy.test:.1%}" in drawing.plain()


def test_the_view_has_a_table(view, measured: Explorer) -> None:
    table = view.table(view.query(measured, initial_selection(measured)))
    assert [column.name for column in table.columns] == ["epoch", "train", "test"]
    for epoch, train, test in table.rows:
        accuracy = measured.summary(epoch).losses.accuracy
        assert (train, test) == (pytest.approx(accuracy.train), pytest.approx(accuracy.test))


def test_the_view_is_exported_as_json(view, measured: Explorer) -> None:
    selection = initial_selection(measured)
    answer = view.query(measured, selection)
    provenance = provenance_of(measured, selection, [view], None)
    document = json.loads(render_answer(view, answer, provenance, 80, 24, "json"))
    assert document["view"] == "accuracy"
    assert document["rows"] == [list(row) for row in view.table(answer).rows]
