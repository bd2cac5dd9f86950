"""A better kind of match scores higher, whatever the fuzzy score."""

from __future__ import annotations

import itertools

import pytest

from grok_tui.app.palette_score import palette_score


def test_the_kinds_of_matches_are_in_order() -> None:
    scores = [
        palette_score("loss", "the loss", "", 0.1),  # a word of the name
        palette_score("loss", "losses", "", 99.0),  # begins one
        palette_score("loss", "progress", "excluded losses", 99.0),  # begins one of the help
        palette_score("loss", "floss", "", 99.0),  # its letters are in the name
        palette_score("loss", "progress", "floss", 0.0),  # it is within the help
        palette_score("loss", "progress", "nothing", 0.0),
    ]
    assert all(better > worse for better, worse in itertools.pairwise(scores))
    assert scores[-1] == 0


def test_all_words_must_match_in_any_order() -> None:
    assert palette_score("map attention", "view attention-map", "", 1.0) > 4
    assert 3 < palette_score("att map", "view attention-map", "", 1.0) < 4
    assert 1 < palette_score("map xyz", "view attention-map", "", 1.0) < 2


def test_of_equal_matches_the_fuzzy_score_decides() -> None:
    assert palette_score("view", "view a", "", 3.0) > palette_score("view", "a view", "", 2.0)


@pytest.mark.parametrize("query", ["", "x", "=", "xy"])
def test_short_queries_are_not_searched_in_help_texts(query: str) -> None:
    assert palette_score(query, "name", "x xy = help", 0.0) == 0
