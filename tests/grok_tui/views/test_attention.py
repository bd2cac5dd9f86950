"""The three views of attention against plain float64 definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine import Explorer
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import attention, attention_map, attention_spectrum
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward
from tests.grok_tui.views.other_runs import OTHERS, other_explorer

VIEWS = [module.VIEW for module in (attention, attention_map, attention_spectrum)]


@pytest.fixture(params=["x y =", *OTHERS])
def asked(request, explorer) -> Explorer:
    """The tiny run, one of even p, and one whose prompt ends in y."""
    return explorer if request.param == "x y =" else other_explorer(request.param)


def pattern_of(explorer: Explorer, epoch: int) -> torch.Tensor:
    return plain_forward(explorer.run.weights(epoch), explorer.run.config).pattern


def test_attention_is_described_over_all_inputs(asked) -> None:
    selection = initial_selection(asked)
    pattern = pattern_of(asked, selection.epoch)
    table = attention.table(attention.query(asked, selection))
    assert [c.name for c in table.columns] == ["head", "position", "token", "mean", "deviation", "low", "high"]
    assert len(table.rows) == pattern.shape[2] * pattern.shape[3]
    tokens = asked.run.config.prompt.describe(asked.run.config.p).split()
    for head, position, token, *figures in table.rows:
        values = pattern[:, :, head, position]
        assert token == tokens[position]
        expected = (values.mean(), values.std(correction=0), values.min(), values.max())
        assert figures == pytest.approx([value.item() for value in expected], abs=1e-6)


@pytest.mark.parametrize("head", [0, 1])
def test_a_map_and_its_spectrum_are_the_head_s(asked, head) -> None:
    selection = replace(initial_selection(asked), head=head)
    p, position = asked.run.config.p, asked.run.config.prompt.x_position
    grid = pattern_of(asked, selection.epoch)[:, :, head, position]
    answer = attention_map.query(asked, selection)
    rows = attention_map.table(answer).rows
    assert [row[:2] for row in rows] == [(x, y) for x in range(p) for y in range(p)]
    assert [row[2] for row in rows] == pytest.approx(grid.flatten().tolist(), abs=1e-6)
    assert answer.frequency == plain.energies(grid).argmax().item() + 1

    basis = torch.stack([plain.wave(p, component) for component in range(p)])
    spectrum = basis @ (grid - grid.mean()) @ basis.T
    rows = attention_spectrum.VIEW.table(attention_spectrum.query(asked, selection)).rows
    assert [row[2] for row in rows] == pytest.approx(spectrum.flatten().tolist(), abs=1e-5)


def test_unwrapped_order_is_by_the_map_s_own_frequency(explorer) -> None:
    selection = replace(initial_selection(explorer), order="unwrapped")
    answer = attention_map.query(explorer, selection)
    assert answer.unwrapped_by == answer.frequency
    text = attention_map.draw(answer, 60, 20, MONO).plain()
    assert f"unwrapped: tokens in order of {answer.frequency} × token mod 7" in text
    natural = attention_map.query(explorer, replace(selection, order="natural"))
    assert attention_map.table(natural) == attention_map.table(answer)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize("size", [(20, 6), (58, 22), (100, 30), (200, 50)])
def test_every_size_is_filled(asked, view, size) -> None:
    for epoch in (asked.epochs[0], asked.epochs[-1]):
        answer = view.query(asked, replace(initial_selection(asked, epoch=epoch), head=1))
        assert f"epoch {epoch:,}" in view.title(answer)
        for palette in (DARK, MONO, ASCII):
            drawing = view.draw(answer, *size, palette)
            assert (drawing.width, drawing.height) == size
        assert drawing.plain().isascii()


def test_a_wide_pane_says_mean_deviation_and_range(explorer) -> None:
    answer = attention.query(explorer, initial_selection(explorer))
    text = attention.draw(answer, 100, 30, MONO).plain()
    assert "mean  ±dev.   low–high" in text
    assert text.count(f"{answer.mean[1, 2]:.3f} ±{answer.deviation[1, 2]:.3f}") >= 1
    assert text.count("●") == 1 + answer.mean.size
