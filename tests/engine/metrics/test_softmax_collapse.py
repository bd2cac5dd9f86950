from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from engine.metrics.softmax_collapse import CollapseReader
from engine.networks.config import Task
from engine.networks.split import Split

P = 5
DEMO = Path(__file__).parents[3] / "grok_tui" / "demo"


def reader_of(logits: torch.Tensor, task: Task) -> CollapseReader:
    reader = CollapseReader(task)
    for x in (slice(0, 2), slice(2, P)):
        reader.read((x, logits[x]))
    return reader


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shares_and_margin_are_their_definitions(dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = (40 * torch.randn(P, P, P, generator=generator, dtype=torch.float64)).to(dtype)
    split = Split(np.random.default_rng(0).random((P, P)) < 0.4, "file")
    found = reader_of(logits, Task(P, "add")).collapse(split)
    collapsed, zero, margin = (np.zeros((P, P)) for _ in range(3))
    for x in range(P):
        for y in range(P):
            l, right = logits[x, y].float().numpy(), (x + y) % P  # noqa: E741 - the logits of the definition
            total = np.float32(0)
            for z in range(P):
                total += np.exp(l[z] - l.max())
            collapsed[x, y] = total == np.float32(1)
            zero[x, y] = np.log(total) - (l[right] - l.max()) == 0
            margin[x, y] = l[right] - np.delete(l, right).max()
    assert 0 < zero.mean() < collapsed.mean() < 1
    for by_split, grid, take in (
        (found.softmax_collapse, collapsed, np.mean),
        (found.zero_loss, zero, np.mean),
        (found.smallest_margin, margin, np.min),
    ):
        expected = [take(grid), take(grid[split.train]), take(grid[~split.train])]
        assert [by_split.all, by_split.train, by_split.test] == pytest.approx(expected, rel=1e-6)


def test_a_sure_network_collapses_and_a_guess_does_not() -> None:
    sure = torch.zeros(P, P, P)
    x, y = torch.meshgrid(torch.arange(P), torch.arange(P), indexing="ij")
    sure[x, y, (x + y) % P] = 30.0
    found = reader_of(sure, Task(P, "add")).collapse(None)
    assert (found.softmax_collapse.all, found.zero_loss.all, found.smallest_margin.all) == (1.0, 1.0, 30.0)
    assert found.zero_loss.train is None
    wrong = reader_of(sure, Task(P, "subtract")).collapse(None)
    assert wrong.softmax_collapse.all == 1.0
    assert wrong.zero_loss.all == 0.2  # right at y = 0 alone
    assert reader_of(torch.zeros(P, P, P), Task(P, "add")).collapse(None).softmax_collapse.all == 0.0


def test_the_bundled_run() -> None:
    network = Explorer(open_run(DEMO)).network(40_000)
    reader = CollapseReader(network.task)
    for slab in network.logit_slabs():
        reader.read(slab)
    assert reader.collapse(None).softmax_collapse.all == pytest.approx(0.5585, abs=0.01)
