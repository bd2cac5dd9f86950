"""Any readable run is converted to the native format, completely or not at all; damaged checkpoints are skipped."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import torch

from engine.errors import GrokError, UnreadableRun
from engine.networks.training_config import TrainingConfig
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


def test_a_damaged_checkpoint_is_skipped_with_a_warning(source, tmp_path):
    damage(source, 100)
    written = convert(open_run(source), tmp_path / "copy")
    assert written.epochs == open_run(tmp_path / "copy").epochs == (0, 200)
    (warning,) = written.warnings
    assert warning.startswith("Epoch 100 was skipped: ")


def test_without_a_readable_checkpoint_nothing_is_written(source, tmp_path):
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


def test_an_existing_folder_is_not_written_to(source):
    with pytest.raises(UnreadableRun, match="already exists; choose a new folder"):
        convert(open_run(source), source)


def test_the_rest_of_a_killed_conversion_is_removed(source, tmp_path):
    rest = tmp_path / f".copy.{os.getpid()}.converting"
    rest.mkdir()
    (rest / "run.json").write_text("incomplete")
    convert(open_run(source), tmp_path / "copy")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["copy", "source"]


def test_the_second_of_two_conversions_to_one_path_is_rejected(source, tmp_path, monkeypatch):
    run = open_run(source)
    first = run.checkpoints[0]

    def load():
        monkeypatch.setattr(os, "getpid", lambda: 1)  # another process, which finishes first
        convert(run, tmp_path / "copy")
        monkeypatch.undo()
        return first.load()

    slow = replace(run, checkpoints=(replace(first, load=load), *run.checkpoints[1:]))
    with pytest.raises(UnreadableRun, match="already exists; choose a new folder"):
        convert(slow, tmp_path / "copy")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["copy", "source"]
    assert open_run(tmp_path / "copy").epochs == (0, 100, 200)
