"""Views over tokens in unwrapped order: the drawing changes, the table does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

NAMES = ("neuron", "attention-map", "ov", "qk", "embedding", "unembedding", "logit-weights")


@pytest.mark.parametrize("name", NAMES)
def test_only_the_drawing_follows_the_order(explorer, name) -> None:
    view = VIEWS[name]
    natural, unwrapped = (
        view.query(explorer, replace(initial_selection(explorer), neuron=5, dimension=2, order=order))
        for order in ("natural", "unwrapped")
    )
    k = unwrapped.axis.frequency
    assert k is not None
    assert natural.axis.frequency is None
    assert view.table(natural) == view.table(unwrapped)
    assert f"unwrapped: tokens in order of {k} × token mod 7" in view.draw(unwrapped, 100, 30, MONO).plain()
    assert "natural order" in view.draw(natural, 100, 30, MONO).plain()
