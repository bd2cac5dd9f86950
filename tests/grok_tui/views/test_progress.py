"""The progress measures: the losses of the parts of the logits, from their definition."""

from __future__ import annotations

import pytest
import torch

from grok_tui.render.palette import DARK
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.conftest import KEYS
from tests.grok_tui.views.view_queries import table_rows


def test_progress_holds_the_trig_and_the_excluded_losses(exact, at_epoch) -> None:
    in_train = torch.from_numpy(exact.split.train)
    rows = table_rows(exact, "progress")
    assert [row["epoch"] for row in rows] == [0, 10, 20, 30, 40]
    for row in rows:
        network = at_epoch(row["epoch"])[1]
        logits, sign = network.logits, network.sign
        trig = plain.loss_grid(plain.corrected(plain.on_sum_directions(logits, KEYS, sign), logits), sign)
        expected = {
            "train_loss": network.loss[in_train],
            "test_loss": network.loss[~in_train],
            "trig_loss_all": trig,
            "trig_loss_train": trig[in_train],
        }
        removed = {"all_key": KEYS, **{str(k): [k] for k in KEYS}}
        for name, keys in removed.items():
            remaining = plain.loss_grid(logits - plain.on_sum_directions(logits, keys, sign), sign)
            expected[f"excluded_loss_{name}_train"] = remaining[in_train]
        assert set(row) == {"epoch", *expected}
        for name, grid in expected.items():
            assert row[name] == pytest.approx(grid.mean().item(), rel=1e-9), name


def test_every_excluded_loss_is_named_in_a_quarter_of_a_screen(measured) -> None:
    drawn = VIEWS["progress"].draw(VIEWS["progress"].query(measured, initial_selection(measured)), 59, 17, DARK).plain()
    (header,) = (line for line in drawn.split("\n") if line.startswith("excluded loss"))
    assert header.split()[2:] == ["━━", "train", "━━", "all", "━━", "1", "━━", "2", "━━", "3"]
