"""Every view of a network without optional parts: it is drawn, or says which part it needs."""

from __future__ import annotations

import math

import pytest

from engine import Explorer
from engine.explorer import checkpoint_networks
from engine.networks.parts import PARTS, MissingPart
from grok_tui.queries.applicable_views import needs_markdown, views_without_parts
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.formats.text_and_data import to_json, to_text
from grok_tui.render.palette import DARK
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.bare_network import EPOCHS, BareConfig, bare_explorer, build_bare_network
from tests.test_readme import README

LAST = EPOCHS[-1]
NEED_ATTENTION = ("attention", "attention-map", "attention-spectrum", "attention-history")


@pytest.fixture(params=["add", "multiply"])
def explorer(request, monkeypatch) -> Explorer:
    monkeypatch.setattr(checkpoint_networks, "build_network", build_bare_network)
    explorer = bare_explorer(BareConfig(operation=request.param))
    list(explorer.run_metrics(LAST).steps())
    return explorer


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_drawn_or_says_which_part_it_needs(name: str, explorer) -> None:
    view, selection = VIEWS[name], initial_selection(explorer)
    if view.needs or view.needs_one_of:
        with pytest.raises(MissingPart, match=rf"^{name} needs [^.]+; this network is a bare network\.$"):
            answer_view(view, explorer, selection)
        return
    answer = answer_view(view, explorer, selection)
    for width, height in ((78, 20), (118, 38), (30, 8)):
        drawing = view.draw(answer, width, height, DARK)
        assert (drawing.width, drawing.height) == (width, height)
        assert to_text(drawing).strip()
    table = view.table(answer)
    assert not any(isinstance(cell, float) and math.isinf(cell) for row in table.rows for cell in row)
    assert "NaN" not in to_json(name, {}, table)


@pytest.mark.parametrize("parts", [("W_E",), ("W_logit",)])
def test_sparsity_needs_one_of_two_parts(parts) -> None:
    missing = views_without_parts(BareConfig(parts=frozenset(parts)))
    assert "sparsity" not in {name for names in missing.values() for name in names}
    assert views_without_parts(BareConfig())["W_E or W_logit"] == ["sparsity"]


def test_the_views_that_do_not_apply_are_listed_by_part() -> None:
    missing = views_without_parts(BareConfig())
    assert tuple(missing["attention"]) == NEED_ATTENTION
    assert {name for names in missing.values() for name in names} == {
        name for name, view in VIEWS.items() if view.needs or view.needs_one_of
    }
    assert views_without_parts(BareConfig(parts=frozenset(PARTS))) == {}


def test_the_readme_has_the_table() -> None:
    assert needs_markdown() in README
