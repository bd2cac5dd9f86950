"""Every view of runs that multiply, and of runs whose operation has no sum directions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import Explorer, open_run
from engine.errors import UnknownQuery
from engine.networks.config import NoSumDirections
from engine.networks.token_order import token_order
from grok_tui.queries.operation_note import operation_note
from grok_tui.render.palette import MONO
from grok_tui.session.choices import Order
from grok_tui.session.selection import initial_selection, orders_of
from grok_tui.views import VIEWS

NEED_SUM_DIRECTIONS = ("interventions", "test-trig-ratio", "trig-fraction", "logit-formula", "neuron-phases")
REASON = "x^2+y^2 mod 7 has no sum directions"
SENTENCE = f"{REASON}; add and subtract have them, and modulo a prime multiply and divide."


def measured(run: Path) -> Explorer:
    """An explorer with the metrics of all checkpoints."""
    explorer = Explorer(open_run(run), keys=[1, 3])
    for _ in explorer.run_metrics(40).steps():
        pass
    return explorer


@pytest.fixture(scope="module")
def multiplying(multiplying_run: Path) -> Explorer:
    return measured(multiplying_run)


@pytest.fixture(scope="module")
def squaring(squaring_run: Path) -> Explorer:
    return measured(squaring_run)


def answer(explorer: Explorer, name: str, **changes: Any) -> Any:
    return VIEWS[name].query(explorer, replace(initial_selection(explorer), **changes))


def drawn(explorer: Explorer, name: str, width: int = 100, height: int = 30, **changes: Any) -> str:
    return VIEWS[name].draw(answer(explorer, name, **changes), width, height, MONO).plain()


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("order", ["natural", "unwrapped", "logarithm"])
def test_every_view_shows_a_run_that_multiplies(multiplying, name, order: Order) -> None:
    for width, height in ((30, 8), (80, 24), (120, 40)):
        assert drawn(multiplying, name, width, height, neuron=5, order=order)
    assert VIEWS[name].table(answer(multiplying, name, order=order)).rows is not None


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_shows_a_run_without_sum_directions_or_says_why_not(squaring, name) -> None:
    if name not in NEED_SUM_DIRECTIONS:
        for width, height in ((30, 8), (80, 24), (120, 40)):
            assert drawn(squaring, name, width, height, neuron=5)
        return
    with pytest.raises(NoSumDirections) as error:
        answer(squaring, name)
    assert str(error.value) == SENTENCE


@pytest.mark.parametrize("name", ["progress", "phases", "pair", "block"])
def test_a_view_without_some_of_its_numbers_says_why(squaring, name) -> None:
    assert REASON in drawn(squaring, name, 80, neuron=5)


@pytest.mark.parametrize("name", ["neuron", "attention-map"])
def test_maps_of_a_run_that_multiplies_have_pairs_of_nonzero_tokens(multiplying, name) -> None:
    rows = VIEWS[name].table(answer(multiplying, name)).rows
    assert [row[:2] for row in rows] == [(x, y) for x in range(1, 7) for y in range(1, 7)]
    natural = answer(multiplying, name)
    grid = natural.post if name == "neuron" else natural.attention
    order = token_order(multiplying.run.config.task)
    by_pair = {row[:2]: row[2] for row in rows}
    for i, x in enumerate(order.tokens):
        for j, y in enumerate(order.tokens):
            assert by_pair[x, y] == grid[i, j]


@pytest.mark.parametrize("name", ["ov", "qk", "embedding", "logit-weights"])
def test_lines_of_a_run_that_multiplies_are_over_nonzero_tokens(multiplying, name) -> None:
    assert [row[0] for row in VIEWS[name].table(answer(multiplying, name)).rows] == list(range(1, 7))


def test_the_embedding_of_each_token_is_its_own(multiplying) -> None:
    weights = multiplying.stored_weights(40)
    for token, first, second in VIEWS["embedding"].table(answer(multiplying, "embedding", dimension=3)).rows:
        assert (first, second) == (weights.W_E[token, 3].item(), weights.W_E[token, 4].item())


def test_the_logits_of_a_pair_are_those_of_all_answers(multiplying) -> None:
    zero = VIEWS["pair"].table(answer(multiplying, "pair", x=0, y=4))
    assert [row[0] for row in zero.rows] == list(range(7))
    assert {row[2] for row in zero.rows} == {None}
    assert "0 × 4 = 0 (mod 7)" in drawn(multiplying, "pair", x=0, y=4)
    assert "no formula: 0 has no logarithm" in drawn(multiplying, "pair", x=0, y=4)
    other = VIEWS["pair"].table(answer(multiplying, "pair", x=3, y=4))
    assert [row[0] for row in other.rows if row[2] is None] == [0]


def test_the_ablation_of_a_pair_has_its_tokens(multiplying) -> None:
    rows = VIEWS["ablation"].table(answer(multiplying, "ablation", x=3, y=4)).rows
    assert [row[1] for row in rows if row[0] == "logits"] == list("123456")
    assert {row[1] for row in rows if row[0] == "says"} == {"3 × 4"}
    with pytest.raises(UnknownQuery, match=r"0 has no logarithm, .*; choose numbers from 1 to 6"):
        answer(multiplying, "ablation", x=0, y=4)


def test_the_orders_of_maps_depend_on_the_operation(explorer, multiplying, squaring) -> None:
    assert orders_of(multiplying) == ("natural", "unwrapped", "logarithm")
    assert initial_selection(multiplying, order="logarithm").order == "logarithm"
    for run in (explorer, squaring):
        assert orders_of(run) == ("natural", "unwrapped")
        with pytest.raises(UnknownQuery, match="--order logarithm needs a run that multiplies or divides"):
            initial_selection(run, order="logarithm")


def test_a_selection_starts_at_a_pair_that_has_logarithms(explorer, multiplying) -> None:
    assert (initial_selection(explorer).x, initial_selection(explorer).y) == (0, 0)
    assert (initial_selection(multiplying).x, initial_selection(multiplying).y) == (1, 1)


def test_the_help_says_what_an_operation_changes(explorer, multiplying, squaring) -> None:
    assert operation_note(explorer) is None
    assert operation_note(squaring) == f"What needs sum directions is absent: {REASON}."
    note = operation_note(multiplying)
    assert note is not None
    assert note.startswith("This run does multiply modulo 7. Its tokens are in order of their logarithm to the base 3")
