"""When each pair was learned, against its definition from the logits of every checkpoint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import Explorer
from engine.errors import UnknownQuery
from grok_tui.render.palette import MONO
from grok_tui.render.plots import MapPlot
from grok_tui.session.selection import initial_selection
from grok_tui.views import learned
from tests.grok_tui.views.checks import known_explorer
from tests.grok_tui.views.view_queries import measure


@pytest.mark.parametrize("order", ["natural", "unwrapped"])
def test_the_table_is_the_first_of_three_right_checkpoints(exact, at_epoch, order) -> None:
    right = []
    for epoch in exact.epochs:
        _, forward = at_epoch(epoch)
        token = torch.arange(exact.run.config.p)
        right.append(forward.logits.argmax(dim=-1) == (token[:, None] + forward.sign * token) % len(token))
    answer = learned.query(exact, replace(initial_selection(exact), order=order))
    train = exact.split.train
    for x, y, is_train, epoch in learned.table(answer).rows:
        correct = [bool(grid[x, y]) for grid in right]
        starts = [i for i in range(len(correct) - 2) if all(correct[i : i + 3])]
        assert epoch == (exact.epochs[starts[0]] if starts else None)
        assert is_train == train[x, y]


def test_the_line_above_counts_pairs(exact) -> None:
    answer = learned.query(exact, initial_selection(exact))
    rows = learned.table(answer).rows
    text = " ".join(learned.draw(answer, 160, 40, MONO).plain().split())
    for name, is_train in (("train", True), ("test", False)):
        found = [epoch for _, _, of_train, epoch in rows if of_train is is_train]
        share = np.mean([epoch is not None for epoch in found])
        assert f"{name}: {share:.1%} learned by now, {share:.1%} in all" in text


def test_without_a_split_there_is_one_map(exact) -> None:
    explorer = Explorer(exact.run, keys=[1, 2, 3], dtype=torch.float64, no_split=True)
    measure(explorer)
    answer = learned.query(explorer, initial_selection(explorer))
    assert answer.train is None
    text = learned.draw(answer, 160, 40, MONO).plain()
    assert "all pairs: " in text
    assert "train pairs left out" not in text
    assert {row[2] for row in learned.table(answer).rows} == {None}


def test_a_single_checkpoint_has_nothing_to_learn_from() -> None:
    explorer = known_explorer()
    with pytest.raises(UnknownQuery, match=r"^`learned` shows several epochs and needs more than one checkpoint"):
        learned.query(explorer, initial_selection(explorer))


def test_the_colours_end_at_the_epoch_of_the_last_pair(exact) -> None:
    answer = learned.query(exact, initial_selection(exact))
    assert not np.isnan(answer.learned).all()
    early = replace(answer, learned=np.where(np.isnan(answer.learned), np.nan, 10.0))
    maps = [each.plot for each in learned.draw(early, 120, 24, MONO).plots if isinstance(each.plot, MapPlot)]
    assert {(each.scale.low, each.scale.high) for each in maps} == {(0.0, 10.0)}
