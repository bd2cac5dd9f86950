"""The map of embedding norms over epochs: its table from the definition, and what a crosshair reads."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Explorer
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views.embedding_history import VIEW
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.view_queries import table_rows


def test_embedding_history_holds_the_squared_norm_of_every_component(exact, at_epoch) -> None:
    rows = table_rows(exact, "embedding-history")
    assert len(rows) == 5 * 7
    assert [row["name"] for row in rows[:7]] == ["const", "cos 1", "sin 1", "cos 2", "sin 2", "cos 3", "sin 3"]
    for row in rows:
        embedding = at_epoch(row["epoch"])[0].W_E[:7]
        expected = (plain.wave(7, row["component"]) @ embedding).square().sum().item()
        assert row["norm_squared"] == pytest.approx(expected)


@pytest.mark.parametrize("size", [(40, 9), (90, 40)])
def test_a_crosshair_reads_the_largest_norm_of_each_epoch(exact: Explorer, size) -> None:
    answer = VIEW.query(exact, initial_selection(exact))
    (area,) = VIEW.draw(answer, *size, MONO).areas
    norms = np.sqrt(answer.norms.squared)
    for index, epoch in enumerate(exact.epochs):
        texts = [area.read_epoch(epoch, row)[1].text for row in range(area.height)]
        assert all(text.startswith(f"epoch {epoch:,}, ") for text in texts)
        values = {float(text.split(": ")[1].split(" ")[0]) for text in texts}
        assert max(values) == pytest.approx(norms[:, index].max(), rel=1e-3)
