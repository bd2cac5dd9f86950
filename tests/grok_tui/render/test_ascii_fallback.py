"""Text for ASCII terminals is ASCII and keeps its meaning."""

import string

from grok_tui.render.ascii_fallback import to_ascii


def test_glyphs_and_letters_become_similar_ascii():
    assert to_ascii("▸ 1 – 2 … λ · 2 × Σ w²") == "> 1 - 2 ~ l . 2 x sum w^2"
    assert to_ascii("x→y ±1 ≈ √2") == "xrighty +-1 ~ sqrt2"


def test_unknown_and_control_characters_become_question_marks():
    assert to_ascii("a\x1b[2J ∮ 文") == "a?[2J ? ?"


def test_printable_ascii_is_unchanged():
    printable = string.ascii_letters + string.digits + string.punctuation + " "
    assert to_ascii(printable) == printable
