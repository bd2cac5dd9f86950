"""Losses in what a trainer saved: lists, single values, and the settings that date them."""

from __future__ import annotations

import pytest
import torch

from engine.runs.losses import columns
from engine.runs.losses.dated_columns import EpochEvidence
from engine.runs.losses.list_epochs import ListLength
from engine.runs.losses.payload_losses import compare_lengths, interval_settings, list_lengths, lists_in, values_in

STATE = {"model": {"embed.W_E": torch.zeros(3, 3)}, "optimizer": {"state": {}}}


def test_lists_may_be_tensors_or_contain_them():
    payload = {**STATE, "train_losses": torch.ones(3), "test_losses": [torch.tensor(2.0), None, torch.tensor([4.0])]}
    source = lists_in(payload, "run.pth", EpochEvidence([2]))
    assert source.series["train"].values.tolist() == [1.0, 1.0, 1.0]
    assert source.series["test"].epochs.tolist() == [0, 2]


def test_single_values_are_no_lists():
    payload = {**STATE, "epoch": 7, "train_loss": 0.5, "metrics": {"test_loss": torch.tensor(2.0)}}
    assert values_in(payload) == {"train_loss": 0.5, "metrics/test_loss": torch.tensor(2.0)}
    assert list_lengths(payload) == {}
    assert lists_in(payload, "run.pth", EpochEvidence([7])).series == {}


@pytest.mark.parametrize("losses", [[], ["a"], {"a": 0.5}, None])
def test_losses_of_another_type_are_not_read(losses):
    assert lists_in({"train_losses": losses}, "run.pth", EpochEvidence([7])).series == {}


def test_lengths_in_several_checkpoints():
    payloads = [(0, {"train_losses": [1.0]}), (100, {"train_losses": [1.0] * 11, "test_losses": [1.0] * 2})]
    assert compare_lengths(payloads) == {
        "train_losses": [ListLength(0, 1), ListLength(100, 11)],
        "test_losses": [ListLength(100, 2)],
    }


def test_settings_that_may_be_an_interval():
    settings = {"log_every": 10, "lr": 1, "train": {"evalInterval": 50, "test_every": 0}, "epochs": 9, "log_freq": "5"}
    assert interval_settings(settings) == {10, 50}


def test_a_payload_with_too_many_values_is_skipped_with_a_warning(monkeypatch):
    monkeypatch.setattr(columns, "_MAX_VALUES", 10)
    payload = {"history": [{"loss": 1.0}] * 20}
    source = lists_in(payload, "run.pth", EpochEvidence([7]))
    assert source.warnings == ("The losses in run.pth were skipped: it records more than 10 values.",)
    assert values_in(payload) == list_lengths(payload) == {}
