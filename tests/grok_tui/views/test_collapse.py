"""Softmax collapse over epochs, against its definition in float32."""

from __future__ import annotations

import pytest
import torch

from engine.errors import UnknownQuery
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.views.checks import known_explorer
from tests.grok_tui.views.view_queries import table_rows

VIEW = VIEWS["collapse"]


def test_the_curves_are_their_definition_at_every_epoch(exact, at_epoch) -> None:
    rows = table_rows(exact, "collapse")
    assert [row["epoch"] for row in rows] == list(exact.epochs)
    train = torch.from_numpy(exact.split.train)
    for row in rows:
        _, forward = at_epoch(row["epoch"])
        logits = forward.logits
        token = torch.arange(len(logits))
        right = ((token[:, None] + forward.sign * token) % len(logits))[..., None]
        own = logits.gather(-1, right)[..., 0]
        margin = own - logits.scatter(-1, right, -torch.inf).amax(dim=-1)
        shifted = (logits - logits.amax(dim=-1, keepdim=True)).float()
        collapsed = (shifted.exp().sum(dim=-1) == 1).double()
        for part, pairs in (("all", torch.ones_like(train)), ("train", train), ("test", ~train)):
            assert row[f"smallest_margin_{part}"] == pytest.approx(margin[pairs].min().item(), abs=1e-8)
            assert row[f"softmax_collapse_{part}"] == pytest.approx(collapsed[pairs].mean().item())
            assert 0 <= row[f"zero_loss_{part}"] <= row[f"softmax_collapse_{part}"]


def test_the_line_above_has_the_values_of_the_epoch_on_show(exact) -> None:
    answer = VIEW.query(exact, initial_selection(exact))
    last = table_rows(exact, "collapse")[-1]
    text = VIEW.draw(answer, 120, 40, MONO).plain()
    assert f"of all pairs: collapse {last['softmax_collapse_all']:.2%}" in text
    assert f"zero loss {last['zero_loss_all']:.2%}" in text
    assert f"margin {last['smallest_margin_all']:.3g}" in text


def test_a_single_checkpoint_has_no_curves() -> None:
    explorer = known_explorer()
    with pytest.raises(UnknownQuery, match=r"^`collapse` shows several epochs and needs more than one checkpoint"):
        VIEW.query(explorer, initial_selection(explorer))
