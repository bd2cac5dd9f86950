"""The line of facts above a drawing."""

from __future__ import annotations

from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.views.shared.fact_line import flow, muted_line


def test_parts_flow_onto_lines_and_the_rest_is_dropped() -> None:
    parts = ["train 0.1", "test 12", "accuracy 5.0%"]
    assert flow(parts, 19, MONO).plain().split("\n") == ["train 0.1 · test 12", "accuracy 5.0%"]
    assert flow(parts, 19, MONO, most=1).plain() == "train 0.1 · test 12"


def test_a_sentence_wraps_and_ends_in_an_ellipsis_where_it_is_cut() -> None:
    sentence = "no key frequencies at epoch 3,000: nothing to compare with"
    assert flow([sentence], 30, MONO).plain().split("\n") == [
        "no key frequencies at epoch",
        "3,000: nothing to compare with",
    ]
    assert flow([sentence], 30, MONO, most=1).plain() == "no key frequencies at epoch 3…".replace(" 3…", "…")
    assert flow([sentence], 20, ASCII).plain().isascii()


def test_a_muted_line_is_whole_or_ends_in_an_ellipsis() -> None:
    assert muted_line("no rule finds a frequency", 40, DARK).plain().rstrip() == "no rule finds a frequency"
    assert muted_line("no rule finds a frequency", 20, DARK).plain() == "no rule finds a fre…"
    assert muted_line("no rule finds a frequency", 20, ASCII).plain().isascii()
