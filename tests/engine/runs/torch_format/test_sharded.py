"""A checkpoint in several files is read by its index, and only from its own folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import UnreadableRun
from engine.runs.open_run import open_run
from engine.runs.torch_format.checkpoint_file import read_file


def write_sharded(folder: Path, state: dict[str, torch.Tensor], suffix: str = "safetensors") -> Path:
    """Half of the tensors in each of two shards."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "model" if suffix == "safetensors" else "pytorch_model"
    names, weight_map = list(state), {}
    for number in (1, 2):
        shard = f"{stem}-0000{number}-of-00002.{suffix}"
        part = {name: state[name] for name in names[number - 1 :: 2]}
        save_file(part, folder / shard) if suffix == "safetensors" else torch.save(part, folder / shard)
        weight_map |= dict.fromkeys(part, shard)
    index = folder / f"{stem}.{suffix}.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}))
    return index


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_shards_are_one_checkpoint(tmp_path, state, suffix):
    index = write_sharded(tmp_path, state, suffix)
    for path in (index, tmp_path):
        run = open_run(path)
        assert torch.equal(run.weights(run.epochs[0]).W_E, state["embed.W_E"])
        assert torch.equal(run.weights(run.epochs[0]).W_U, state["unembed.W_U"])


def test_a_folder_for_each_sharded_checkpoint(tmp_path, state_of):
    for step in (100, 500):
        write_sharded(tmp_path / f"checkpoint-{step}", state_of(step))
    run = open_run(tmp_path)
    assert run.epochs == (100, 500)
    assert torch.equal(run.weights(100).W_E, state_of(100)["embed.W_E"])


@pytest.mark.parametrize(
    "name",
    ["../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "x.index.json", 7, "C:x.bin", "a\\b.pt"],
)
def test_a_shard_outside_the_folder_is_refused(tmp_path, name):
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"W_E": name}}))
    with pytest.raises(UnreadableRun, match=r"names the shard .*; expected the name of a .safetensors"):
        read_file(index)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": {}}', '{"weight_map": [1]}', "[" * 100_000])
def test_a_damaged_index(tmp_path, text):
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(text)
    with pytest.raises(UnreadableRun, match=r"index.json is (not valid JSON|invalid)"):
        read_file(index)


def test_a_shard_that_is_missing_or_lacks_a_tensor(tmp_path, state):
    index = write_sharded(tmp_path, state)
    save_file({"W": torch.ones(1)}, tmp_path / "model-00002-of-00002.safetensors")
    with pytest.raises(UnreadableRun, match=r"00002.safetensors has no tensor \S+, which model.safetensors.index.json"):
        read_file(index)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(UnreadableRun, match=r"00002.safetensors does not exist"):
        read_file(index)
