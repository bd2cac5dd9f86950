"""A neuron's weights to the logits, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

from grok_tui.session.selection import initial_selection
from grok_tui.views import logit_weights
from tests.grok_tui.views.checks import assert_drawings, assert_table, weights_of

NEURON = 5


def test_the_neuron_s_row(prompt_run) -> None:
    w, p = weights_of(prompt_run), prompt_run.run.config.p
    answer = logit_weights.query(prompt_run, replace(initial_selection(prompt_run), neuron=NEURON))
    assert_table(logit_weights.table(answer), ["z"], (w.W_out[NEURON] @ w.W_U[:, :p])[:, None])


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(logit_weights.VIEW, prompt_run, neuron=NEURON)
    assert_drawings(logit_weights.VIEW, prompt_run, neuron=0)
