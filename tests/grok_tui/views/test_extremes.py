"""Every view of extreme weights: it is drawn and its table is finite, or it raises an error of one sentence."""

from __future__ import annotations

import math

import pytest
import torch

from engine import GrokError
from grok_tui.render.formats.text_and_data import to_csv, to_json, to_text
from grok_tui.render.palette import DARK
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.extremes import EPOCHS, SMALL, VALID, explorer_of, scaled

# Views that need no activations of the selected epoch: those of single weights, and all over epochs but `history`.
UNAFFECTED = {"embedding", "embedding-spectrum", "embedding-norms", "unembedding", "llc"}
UNAFFECTED |= {name for name, view in VIEWS.items() if view.over_epochs} - {"history"}


@pytest.mark.parametrize("name", VALID)
def test_every_view_is_drawn_and_its_table_is_finite(name) -> None:
    explorer = explorer_of(*VALID[name])
    list(explorer.run_metrics(EPOCHS[-1]).steps())
    selection = initial_selection(explorer)
    for view in VIEWS.values():
        answer = view.query(explorer, selection)
        drawing = view.draw(answer, 80, 24, DARK)
        assert (drawing.width, drawing.height) == (80, 24), view.name
        assert to_text(drawing).strip(), view.name
        table = view.table(answer)
        assert not any(isinstance(cell, float) and math.isinf(cell) for row in table.rows for cell in row), view.name
        assert to_csv(table)
        assert "NaN" not in to_json(view.name, {}, table), view.name


def test_overflowing_activations_are_an_error_in_the_views_that_need_them() -> None:
    explorer = explorer_of(SMALL, scaled(1e30), dtype=torch.float32)
    list(explorer.run_metrics(EPOCHS[-1]).steps())
    selection = initial_selection(explorer)
    for view in VIEWS.values():
        if view.name in UNAFFECTED:
            view.draw(view.query(explorer, selection), 80, 24, DARK)
        else:
            with pytest.raises(GrokError, match=r"^[^.]+ exceeds the range of float32: [^.]+\.$"):
                view.query(explorer, selection)
