"""Any readable run written as a native one: whole or not at all, and what is damaged left out and told."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import torch

from engine.errors import GrokError, UnreadableRun
from engine.networks.config import TrainingConfig
from engine.runs.convert import convert
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.open_run import open_run


@pytest.fixture
def source(tmp_path, tiny_config, random_weights):
    """A native run of epochs 0, 100 and 200."""
    write_run(tmp_path / "source", tiny_config, None, TrainingConfig(epochs=200))
    for epoch in (0, 100, 200):
        write_checkpoint(tmp_path / "source", epoch, random_weights(tiny_config, epoch), torch.float32)
    return tmp_path / "source"


def damage(run, *epochs: int) -> None:
    for epoch in epochs:
        file = run / "checkpoints" / f"epoch-{epoch:06d}.safetensors"
        file.write_bytes(file.read_bytes()[:-100])


def test_what_is_damaged_is_left_out_and_told(source, tmp_path):
    damage(source, 100)
    written = convert(open_run(source), tmp_path / "copy")
    assert written.epochs == open_run(tmp_path / "copy").epochs == (0, 200)
    (warning,) = written.warnings
    assert warning.startswith("Epoch 100 was skipped: ")


def test_where_no_checkpoint_can_be_read_nothing_is_left_behind(source, tmp_path):
    run = open_run(source)
    damage(source, 0, 100, 200)
    with pytest.raises(UnreadableRun, match="source has no readable checkpoint"):
        convert(run, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == [source]


def test_weights_too_large_for_the_dtype_are_refused(source, tmp_path, tiny_config, random_weights):
    large = random_weights(tiny_config)
    write_checkpoint(source, 100, replace(large, W_U=large.W_U * 1e6), torch.float32)
    with pytest.raises(GrokError, match="W_U"):
        convert(open_run(source), tmp_path / "copy", torch.float16)
    assert list(tmp_path.iterdir()) == [source]


def test_a_folder_that_is_there_is_not_written_into(source):
    with pytest.raises(UnreadableRun, match="already exists; choose a new folder"):
        convert(open_run(source), source)


def test_what_a_killed_conversion_left_is_in_nobody_s_way(source, tmp_path):
    left = tmp_path / f".copy.{os.getpid()}.converting"
    left.mkdir()
    (left / "run.json").write_text("half of it")
    convert(open_run(source), tmp_path / "copy")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["copy", "source"]


def test_of_two_conversions_to_one_place_the_second_is_refused(source, tmp_path, monkeypatch):
    run = open_run(source)
    first = run.checkpoints[0]

    def load():
        monkeypatch.setattr(os, "getpid", lambda: 1)  # another process, which is done before this one
        convert(run, tmp_path / "copy")
        monkeypatch.undo()
        return first.load()

    slow = replace(run, checkpoints=(replace(first, load=load), *run.checkpoints[1:]))
    with pytest.raises(UnreadableRun, match="already exists; choose a new folder"):
        convert(slow, tmp_path / "copy")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["copy", "source"]
    assert open_run(tmp_path / "copy").epochs == (0, 100, 200)
