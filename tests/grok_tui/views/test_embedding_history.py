"""The map of embedding norms over epochs: what a crosshair reads."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Explorer
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views.embedding_history import VIEW


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
