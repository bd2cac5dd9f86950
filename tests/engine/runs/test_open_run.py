"""What cannot be read gets one sentence: which file, what was found, what would be read. Nothing is executed."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import GrokError, UnreadableRun, UnsupportedModel
from engine.runs.open_run import open_run


def text(path: Path) -> None:
    path.write_text("epoch,loss\n0,4.7\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def git_lfs(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")


def git_annex(path: Path) -> None:
    path.write_text("/annex/objects/SHA256E-s449--5d41.pth\n")


def git_annex_link(path: Path) -> None:
    path.symlink_to("../.git/annex/objects/xx/yy/SHA256E-s449--5d41.pth")


def missing(path: Path) -> None:
    pass


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def empty_folder(path: Path) -> None:
    path.mkdir()


def folder_without_checkpoints(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("hello")


def folder_of_folders(path: Path) -> None:
    (path / "step_1.pt").mkdir(parents=True)


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 16)


def list_of_numbers(path: Path) -> None:
    torch.save([1, 2, 3], path)


def optimiser_only(path: Path) -> None:
    torch.save({"optimizer": {"lr": 1.0}, "epoch": 3}, path)


@pytest.mark.parametrize("name", ["run.pth", "run.safetensors"])
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (text, "is text; a checkpoint is a .safetensors file or a .pth"),
        (empty, "is empty; a checkpoint is"),
        (git_lfs, "is a git-lfs pointer, not the file itself; run `git lfs pull`"),
        (git_annex, "is a git-annex pointer, not the file itself; run `git annex get`"),
        (git_annex_link, "is a git-annex pointer, not the file itself; run `git annex get`"),
        (missing, "does not exist"),
        (pipe, "is a pipe, expected a file"),
        (device, "is a device or socket, expected a file"),
        (empty_folder, "is empty; a run is a folder with run.json or with files like step_1000.pt"),
        (folder_without_checkpoints, "contains no checkpoint, only notes.txt; a run is a folder"),
        (folder_of_folders, "contains step_1.pt, but no file name with an epoch; open one file of it"),
    ],
)
def test_what_is_no_checkpoint(tmp_path, name, make: Callable[[Path], None], sentence):
    make(tmp_path / name)
    with pytest.raises(UnreadableRun, match=re.escape(sentence)) as refused:
        open_run(tmp_path / name)
    assert_one_sentence(refused.value, tmp_path / name)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (noise, "is not a checkpoint"),
        (list_of_numbers, "contains a list, expected a dict of tensors"),
        (optimiser_only, "contains optimizer, epoch, but no state dict of tensors"),
    ],
)
def test_a_file_without_weights(tmp_path, make: Callable[[Path], None], sentence):
    make(tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=sentence) as refused:
        open_run(tmp_path / "run.pth")
    assert_one_sentence(refused.value, tmp_path / "run.pth")


def assert_one_sentence(error: GrokError, path: Path) -> None:
    assert str(path) in str(error)
    assert "\n" not in str(error)
    assert "weights_only" not in str(error)
    assert "add_safe_globals" not in str(error)


class Trap:
    """Unpickling it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("write", [torch.save, lambda payload, path: path.write_bytes(pickle.dumps(payload))])
@pytest.mark.parametrize("protocol_2", [False, True])
def test_a_pickle_that_would_run_code_is_refused_and_nothing_ran(tmp_path, state, write, protocol_2):
    trapped, path = tmp_path / "it-ran", tmp_path / "run.pth"
    payload = {"model": state, "config": Trap(trapped)}
    if protocol_2 and write is not torch.save:
        path.write_bytes(pickle.dumps(payload, protocol=2))
    else:
        write(payload, path)
    with pytest.raises(UnreadableRun, match=r"imports|damaged, truncated, or a pickle") as refused:
        open_run(path)
    assert not trapped.exists()
    assert_one_sentence(refused.value, path)


def test_the_sentence_about_code_names_what_it_calls_for(tmp_path, state):
    torch.save({"model": state, "config": Trap(tmp_path / "it-ran")}, tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=r"imports \S*open, so loading it could run code; it was not loaded"):
        open_run(tmp_path / "run.pth")


def test_a_whole_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=r"imports torch\.nn\.modules\.linear\.Linear"):
        open_run(tmp_path / "run.pth")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_a_truncated_file_is_told(tmp_path, state, kind, share):
    path = tmp_path / ("run.safetensors" if kind == "safetensors" else "run.pth")
    if kind == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "zip")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableRun, match="is damaged") as refused:
        open_run(path)
    assert_one_sentence(refused.value, path)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"blocks.0.ln1.w": torch.ones(8)}, UnsupportedModel, "has LayerNorm"),
        ({"blocks.1.attn.W_Q": torch.ones(8)}, UnsupportedModel, "has more than one layer"),
        ({"embed.W_E": None}, UnreadableRun, "has no tensor W_E"),
        ({"blocks.0.mlp.W_in": torch.ones(9, 12)}, UnreadableRun, r"W_in has shape \[9, 12\]; expected \[8, 12\]"),
        ({"blocks.0.mlp.W_in": torch.full((8, 12), torch.nan)}, UnreadableRun, "W_in contains NaN"),
        ({"blocks.0.mlp.W_in": torch.ones(8, 12).int()}, UnreadableRun, "W_in has dtype torch.int32"),
        ({"blocks.0.mlp.W_in": torch.ones(8, 12).cfloat()}, UnreadableRun, "W_in has dtype torch.complex64"),
    ],
)
def test_weights_that_are_no_model_of_the_family(tmp_path, state, change, error, sentence):
    changed = {name: value for name, value in {**state, **change}.items() if value is not None}
    for path in (tmp_path / "run.pth", tmp_path / "run.safetensors"):
        save_file(changed, path) if path.suffix == ".safetensors" else torch.save(changed, path)
        with pytest.raises(error, match=sentence) as refused:
            open_run(path)
        assert_one_sentence(refused.value, path)


@pytest.mark.parametrize(
    ("tensor", "sentence"),
    [
        (torch.ones(8, 8).to_sparse(), "a sparse, quantised or meta tensor"),
        (torch.ones(8, 8, device="meta"), "a sparse, quantised or meta tensor"),
        (torch.ones(1, 8).expand(10**9, 8), r"claims shape \[1000000000, 8\], more numbers than are stored"),
    ],
)
def test_tensors_that_only_torch_can_write(tmp_path, state, tensor, sentence):
    torch.save({**state, "embed.W_E": tensor}, tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=sentence):
        open_run(tmp_path / "run.pth")
