"""A path that is not a readable run gets one sentence: which file, what was found, what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import InvalidConfig
from engine.runs.open_run import open_run
from tests.engine.runs.other_files import assert_one_sentence, folder, missing, text


def folder_without_checkpoints(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("hello")


def folder_of_folders(path: Path) -> None:
    (path / "step_1.pt").mkdir(parents=True)


@pytest.mark.parametrize("name", ["run.pth", "run.safetensors"])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (text, "is text; a checkpoint is a .safetensors file or a .pth"),
        (missing, "does not exist"),
        (folder, "is empty; a run is a folder with run.json or with files like step_1000.pt"),
        (folder_without_checkpoints, "contains no checkpoint, only notes.txt; a run is a folder"),
        (folder_of_folders, "contains step_1.pt, but no file name with an epoch; open one of its files"),
    ],
)
def test_files_and_folders_without_a_checkpoint(tmp_path, name, make: Callable[[Path], None], message):
    make(tmp_path / name)
    with pytest.raises(UnreadableRun, match=re.escape(message)) as rejected:
        open_run(tmp_path / name)
    assert_one_sentence(rejected.value, tmp_path / name)


def test_a_checkpoint_without_weights(tmp_path):
    torch.save({"optimizer": {"lr": 1.0}, "epoch": 3}, tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match="contains optimizer, epoch, but no state dict of a network") as rejected:
        open_run(tmp_path / "run.pth")
    assert_one_sentence(rejected.value, tmp_path / "run.pth")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"blocks.0.ln3.w": torch.ones(8)}, UnsupportedModel, r"has unknown tensors: blocks.0.ln3.w|ln3.w \[8\]"),
        ({"blocks.1.attn.W_Q": torch.ones(8)}, UnsupportedModel, "does not have the same tensors in each layer"),
        ({"embed.W_E": None}, UnreadableRun, "has no tensor W_E"),
        (
            {"blocks.0.mlp.W_in": torch.ones(9, 12)},
            UnreadableRun,
            r"W_in has shape \[9, 12\]; expected an axis of d_model = 8",
        ),
        ({"blocks.0.mlp.W_in": torch.full((8, 12), torch.nan)}, UnreadableRun, "W_in contains NaN"),
        ({"blocks.0.mlp.W_in": torch.ones(8, 12).int()}, UnreadableRun, "W_in has dtype torch.int32"),
        ({"blocks.0.mlp.W_in": torch.ones(8, 12).cfloat()}, UnreadableRun, "W_in has dtype torch.complex64"),
    ],
)
def test_weights_outside_the_family(tmp_path, state, change, error, message):
    changed = {name: value for name, value in {**state, **change}.items() if value is not None}
    for path in (tmp_path / "run.pth", tmp_path / "run.safetensors"):
        save_file(changed, path) if path.suffix == ".safetensors" else torch.save(changed, path)
        with pytest.raises(error, match=message) as rejected:
            open_run(path)
        assert_one_sentence(rejected.value, path)


def test_overrides_of_a_native_run_must_agree_with_it(subtracting_run):
    assert open_run(subtracting_run, operation="subtract").config.operation == "subtract"
    with pytest.raises(InvalidConfig, match="records operation = subtract; --operation add conflicts with it"):
        open_run(subtracting_run, operation="add")
    with pytest.raises(InvalidConfig, match="--act-fn gelu conflicts with it"):
        open_run(subtracting_run, act_fn="gelu")
    with pytest.raises(InvalidConfig, match="--prompt 'x y' conflicts with it"):
        open_run(subtracting_run, prompt="x y")


@pytest.mark.parametrize("path", ["~nobody-of-that-name/run", "a\x00b", "", "/dev/null", "/proc/self/mem"])
def test_a_path_that_leads_nowhere(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableRun):
        open_run(path)
