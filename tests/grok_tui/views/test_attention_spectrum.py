"""One head's attention to x in the 2-D Fourier basis, against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.session.selection import initial_selection
from grok_tui.views import attention_spectrum
from tests.grok_tui.views.checks import assert_drawings, assert_grid, forward_of, waves


@pytest.mark.parametrize("head", [0, 1])
def test_the_transform_of_the_head_s_attention_to_x(prompt_run, head) -> None:
    selection = replace(initial_selection(prompt_run), head=head)
    grid = forward_of(prompt_run, selection).pattern[:, :, head, prompt_run.run.config.prompt.x_position]
    basis = waves(len(grid))
    table = attention_spectrum.VIEW.table(attention_spectrum.query(prompt_run, selection))
    assert_grid(table, ["component_x", "component_y", "value"], basis @ (grid - grid.mean()) @ basis.T)


def test_drawings_have_the_size_of_the_pane(prompt_run) -> None:
    assert_drawings(attention_spectrum.VIEW, prompt_run, head=1)
