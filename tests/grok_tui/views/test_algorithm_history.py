"""The numbers of `algorithm` over epochs."""

from __future__ import annotations

import pytest

from engine import Explorer, open_run
from engine.errors import UnknownQuery
from engine.explorer import checkpoint_networks
from engine.metrics.algorithm import gradient_symmetricity_of_right_answers
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS, algorithm
from tests.engine.bare_network import BareConfig, bare_explorer, build_bare_network
from tests.grok_tui.views.checks import assert_drawings, known_explorer
from tests.grok_tui.views.view_queries import measure, table_rows

VIEW = VIEWS["algorithm-history"]
NAMES = ("distance_irrelevance", "gradient_symmetricity", "circularity")


def drawn(explorer: Explorer) -> str:
    answer = VIEW.query(explorer, initial_selection(explorer))
    return " ".join(VIEW.draw(answer, 200, 40, MONO).plain().split())


def test_every_epoch_has_the_numbers_of_the_view_of_one_epoch(exact) -> None:
    rows = table_rows(exact, "algorithm-history")
    assert [row["epoch"] for row in rows] == list(exact.epochs)
    for row in rows:
        found = algorithm.query(exact, initial_selection(exact, epoch=row["epoch"])).found
        for name in NAMES:
            assert row[name] == pytest.approx(getattr(found, name))


def test_the_line_above_has_the_values_of_the_epoch_on_show(exact) -> None:
    last, text = table_rows(exact, "algorithm-history")[-1], drawn(exact)
    for name in NAMES:
        assert f"{name.replace('_', ' ')} {last[name]:.3f}" in text


def test_symmetricity_over_all_right_answers_comes_later(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3])
    measure(explorer)
    selection = initial_selection(explorer)
    column = "gradient_symmetricity_right_answers"
    assert VIEW.query(explorer, selection).curves.at(selection.epoch, column) is None
    for _ in VIEW.later(explorer, selection):
        pass
    answer = VIEW.query(explorer, selection)
    for epoch in explorer.epochs:
        expected = gradient_symmetricity_of_right_answers(explorer.network(epoch))
        assert answer.curves.at(epoch, column) == pytest.approx(expected, rel=1e-5)
    assert "of right answers" in drawn(explorer)
    assert VIEW.query(explorer, selection).curves is answer.curves


def test_a_curve_that_is_absent_has_its_reason(squaring_run) -> None:
    explorer = Explorer(open_run(squaring_run), keys=[1, 2])
    measure(explorer)
    text = drawn(explorer)
    assert "no distance irrelevance: x^2+y^2 mod 7 has no sum directions" in text
    assert "no circularity" not in text


def test_a_network_without_gradients_and_embedding_has_one_curve(monkeypatch) -> None:
    monkeypatch.setattr(checkpoint_networks, "build_network", build_bare_network)
    explorer = bare_explorer(BareConfig())
    measure(explorer)
    text = drawn(explorer)
    assert "no gradient symmetricity: " in text
    assert "no circularity: " in text
    assert "no distance irrelevance" not in text


def test_a_single_checkpoint_has_no_curves() -> None:
    explorer = known_explorer()
    with pytest.raises(UnknownQuery, match=r"^`algorithm-history` shows several epochs and needs more than one"):
        VIEW.query(explorer, initial_selection(explorer))


def test_drawings_have_the_size_of_the_pane(exact) -> None:
    assert_drawings(VIEW, exact)
