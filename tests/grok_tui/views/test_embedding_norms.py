"""Norms of the embedding by Fourier component, against plain float64 definitions."""

from __future__ import annotations

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import embedding_norms
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, assert_table, waves, weights_of


def test_norms_and_the_share_of_the_key_frequencies(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    norms = (waves(p) @ w.W_E[:p]).square().sum(dim=1)
    answer = embedding_norms.query(prompt_run, initial_selection(prompt_run))
    assert_table(embedding_norms.table(answer), ["component", "name"], norms[:, None])
    names = [row[1] for row in embedding_norms.table(answer).rows]
    assert names[:3] == ["const", "cos 1", "sin 1"]
    assert names[-1] == ("sin 3" if p == 7 else "cos 4")
    on_keys = sum(norms[component] for k in answer.keys for component in plain.components(len(norms), k)[1:])
    assert answer.share_of_keys == pytest.approx((on_keys / norms[1:].sum()).item(), abs=1e-5)


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(embedding_norms.VIEW, prompt_run)
