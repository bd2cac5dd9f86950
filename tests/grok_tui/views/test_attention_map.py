"""One head's attention to x over all pairs, against a plain float64 forward pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import attention_map
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.checks import assert_drawings, assert_grid, forward_of


@pytest.mark.parametrize("head", [0, 1])
def test_the_head_s_attention_to_x(prompt_run, head) -> None:
    selection = replace(initial_selection(prompt_run), head=head)
    grid = forward_of(prompt_run, selection).pattern[:, :, head, prompt_run.run.config.prompt.x_position]
    answer = attention_map.query(prompt_run, selection)
    assert_grid(attention_map.table(answer), ["x", "y", "value"], grid, 1e-6)
    assert answer.frequency == plain.energies(grid).argmax().item() + 1


def test_unwrapped_order_uses_the_map_s_own_frequency(explorer) -> None:
    answer = attention_map.query(explorer, replace(initial_selection(explorer), order="unwrapped"))
    assert answer.axis.frequency == answer.frequency


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(attention_map.VIEW, prompt_run, head=1)
