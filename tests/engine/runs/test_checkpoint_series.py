"""A series of checkpoints: one per epoch, unreadable ones at the end skipped, the last one determines the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from engine.errors import AmbiguousTask, UnreadableRun
from engine.networks.config import InvalidConfig
from engine.runs import checkpoint_series, skipped_checkpoints
from engine.runs.checkpoint_series import ModelOverrides, build_series

AS_RECORDED = ModelOverrides()


@dataclass(frozen=True)
class Entry:
    """A checkpoint in memory; without a payload it is unreadable."""

    epoch: int
    payload: Mapping[str, Any] | None
    file: str | None = None

    @property
    def source(self) -> str:
        return f"entry {self.epoch}" if self.file is None else self.file

    def read(self) -> Mapping[str, Any]:
        if self.payload is None:
            raise UnreadableRun(f"{self.source} is damaged.")
        return self.payload

    def state(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        state: Mapping[str, Any] = payload["model"]
        return state


def test_checkpoints_are_sorted_and_the_last_is_read(tiny_config, state_of):
    entries = [Entry(epoch, {"model": state_of(epoch)}) for epoch in (20, 0, 10)]
    series = build_series(entries, "run", AS_RECORDED)
    assert [checkpoint.epoch for checkpoint in series.checkpoints] == [0, 10, 20]
    assert (series.config, series.last, series.warnings) == (tiny_config, entries[0].payload, ())
    assert torch.equal(series.checkpoints[1].load().W_E, state_of(10)["embed.W_E"])


def test_loaded_weights_are_copies(state_of):
    state = state_of(0)
    (checkpoint,) = build_series([Entry(0, {"model": state})], "run", AS_RECORDED).checkpoints
    checkpoint.load().W_E.zero_()
    assert state["embed.W_E"].any()


def test_unreadable_checkpoints_at_the_end_are_skipped(state):
    entries = [Entry(0, {"model": state}), Entry(1, None), Entry(2, {"model": state}), Entry(3, None, "3.pt")]
    series = build_series(entries, "run", AS_RECORDED)
    assert [checkpoint.epoch for checkpoint in series.checkpoints] == [0, 1, 2]
    assert series.warnings == ("A checkpoint was skipped: 3.pt is damaged.",)
    assert series.unreadable == {"3.pt": series.warnings[0]}
    with pytest.raises(UnreadableRun, match="entry 1 is damaged"):
        series.checkpoints[1].load()


def test_the_later_entry_of_an_epoch_is_used(state_of):
    entries = [Entry(5, {"model": state_of(0)}, "a"), Entry(5, {"model": state_of(1)}, "b")]
    series = build_series(entries, "run", AS_RECORDED)
    assert torch.equal(series.checkpoints[0].load().W_E, state_of(1)["embed.W_E"])
    assert series.warnings == ("Epoch 5 appears more than once: a was skipped, b is used.",)


def test_without_a_readable_checkpoint_the_last_error_is_shown():
    with pytest.raises(UnreadableRun, match=r"^None of the 2 checkpoints in run can be read; the last error: entry 1"):
        build_series([Entry(0, None), Entry(1, None)], "run", AS_RECORDED)
    with pytest.raises(UnreadableRun, match=r"^entry 0 is damaged\.$"):
        build_series([Entry(0, None)], "run", AS_RECORDED)


def test_the_search_for_a_readable_checkpoint_is_limited(monkeypatch, state):
    for module in (checkpoint_series, skipped_checkpoints):
        monkeypatch.setattr(module, "MAX_UNREADABLE", 20)
    entries = [Entry(0, {"model": state}), *(Entry(epoch, None) for epoch in range(1, 40))]
    with pytest.raises(UnreadableRun, match="None of the last 20 checkpoints in run can be read"):
        build_series(entries, "run", AS_RECORDED)


def test_overrides_win_over_recorded_settings(state):
    entry = Entry(0, {"model": state, "config": {"act_fn": "gelu"}})
    series = build_series([entry], "run", AS_RECORDED, recorded={"act_fn": "relu", "lr": 1e-3})
    assert (series.config.act_fn, series.recorded) == ("gelu", {"act_fn": "gelu", "lr": 1e-3})
    assert build_series([entry], "run", ModelOverrides(act_fn="gelu_new")).config.act_fn == "gelu_new"
    with pytest.raises(InvalidConfig, match="W_pos has 3 rows"):
        build_series([entry], "run", ModelOverrides(prompt="x 7 y 7"))


def test_an_ambiguous_task_is_not_searched_for_in_earlier_checkpoints(state):
    unknown = {**state, "pos_embed.W_pos": torch.ones(5, 8)}
    with pytest.raises(AmbiguousTask, match="W_pos has 5 rows"):
        build_series([Entry(0, {"model": state}), Entry(1, {"model": unknown})], "run", AS_RECORDED)
