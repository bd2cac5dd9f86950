"""Checks and definitions that tests of several views share; definitions are in plain float64."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine import Explorer
from engine.networks.config import Operation
from engine.networks.weights import Weights
from engine.runs.run import Checkpoint, Run
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.render.table import Table
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.views.view import View
from tests.engine.known_network import known_network
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import PlainForward, plain_forward

SIZES = ((20, 6), (58, 22), (100, 30), (200, 50), (1, 1))
KNOWN_KEYS = (2, 5)


def known_explorer(lag: float = 0.0, operation: Operation = "add") -> Explorer:
    """A network with known clusters and phases, as a run of one checkpoint."""
    known = known_network(11, KNOWN_KEYS, lag, operation)
    run = Run("known", Path("known"), "memory", known.config, (Checkpoint(0, lambda: known.weights),))
    return Explorer(run, dtype=torch.float64, no_split=True)


def weights_of(explorer: Explorer) -> Weights:
    """The weights of the last checkpoint in float64."""
    return explorer.run.weights(explorer.epochs[-1]).to(torch.float64)


def forward_of(explorer: Explorer, selection: Selection) -> PlainForward:
    return plain_forward(explorer.run.weights(selection.epoch), explorer.run.config)


def waves(p: int) -> Tensor:
    """The orthonormal Fourier basis, from its definition. [component, token]"""
    return torch.stack([plain.wave(p, component) for component in range(p)])


def squared_spectrum(post: Tensor) -> Tensor:
    """Mean over neurons of (B A B^T)^2. [x, y, neuron] -> [component_x, component_y]"""
    basis = waves(len(post))
    centred = post - post.mean(dim=(0, 1))
    return torch.einsum("ix,jy,xyn->ijn", basis, basis, centred).square().mean(dim=-1)


def plain_clusters(post: Tensor, keys: tuple[int, ...]) -> list[int]:
    """The key frequency of each neuron's cluster, 0 for the rest. [x, y, neuron] -> [neuron]"""
    clusters = []
    for neuron in range(post.shape[-1]):
        energy = plain.energies(post[..., neuron])
        k = int(energy.argmax()) + 1
        tuned = energy.sum() > 1e-9 and energy.max() / energy.sum() >= 0.85
        clusters.append(k if tuned and k in keys else 0)
    return clusters


def column_names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def assert_table(table: Table, first: list[str], expected: Tensor) -> None:
    """Check that the columns after `first` hold `expected` [row, column] and the first column the row numbers."""
    assert column_names(table)[: len(first)] == first
    assert [row[0] for row in table.rows] == list(range(len(expected)))
    values = [value for row in table.rows for value in row[len(first) :]]
    assert values == pytest.approx(expected.flatten().tolist(), abs=2e-5)


def assert_grid(table: Table, first: list[str], expected: Tensor, tolerance: float = 1e-5) -> None:
    """Check that a table in long form holds `expected` [row, column]."""
    assert column_names(table) == first
    rows, columns = expected.shape
    assert [row[:2] for row in table.rows] == [(i, j) for i in range(rows) for j in range(columns)]
    assert [row[2] for row in table.rows] == pytest.approx(expected.flatten().tolist(), abs=tolerance)


def assert_drawings(view: View[Any], explorer: Explorer, **selected: Any) -> None:
    """Check title and size of drawings: first and last epoch, both orders of tokens, all palettes and sizes."""
    for epoch, order in ((explorer.epochs[0], "natural"), (explorer.epochs[-1], "unwrapped")):
        selection = replace(initial_selection(explorer, epoch=epoch), **{"order": order, **selected})
        answer = view.query(explorer, selection)
        assert f"epoch {epoch:,}" in view.title(answer)
        for palette in (DARK, MONO, ASCII):
            for size in SIZES:
                drawing = view.draw(answer, *size, palette)
                assert (drawing.width, drawing.height) == size
                assert {sum(len(span.text) for span in line) for line in drawing.lines} == {size[0]}
                assert palette is not ASCII or drawing.plain().isascii()
