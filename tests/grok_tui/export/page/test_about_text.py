"""Captions of a page."""

from __future__ import annotations

import re

import pytest

from grok_tui.export.page.about_text import caption_text
from grok_tui.export.page.run_page import PAGE_VIEWS
from grok_tui.views import VIEWS

NAMES = [name for names in PAGE_VIEWS.values() for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_names_no_key_and_no_pane(name: str) -> None:
    about = VIEWS[name].about
    for text in (about.shows, about.definition, about.reading):
        caption = caption_text(text, "add")
        assert caption
        assert not re.search(r"\{[a-z]+\.|\bpanes?\b|±|∓", caption)
    assert caption_text(about.shows, "add").split(". ")[0] in about.shows.replace("±", "+")


def test_a_caption_has_the_signs_of_the_operation() -> None:
    assert caption_text("cos w(x±y).\n  z = x ± y mod p", "subtract") == "cos w(x-y).\n  z = x - y mod p"
