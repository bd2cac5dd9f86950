"""A file that is not a checkpoint is rejected with one sentence; nothing is executed, followed or written."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import UnreadableRun
from engine.runs.state_search import state_in
from engine.runs.torch_format import checkpoint_file
from engine.runs.torch_format.checkpoint_file import read_bytes, read_file
from tests.engine.runs.other_files import (
    assert_one_sentence,
    empty,
    folder,
    git_annex,
    git_annex_link,
    git_lfs,
    link_to_device,
    missing,
    pipe,
    text,
)


@pytest.mark.parametrize("name", ["run.pth", "run.safetensors"])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (text, "is text; a checkpoint is a .safetensors file or a .pth"),
        (empty, "is empty; a checkpoint is"),
        (git_lfs, "is a git-lfs pointer, not the file itself; run `git lfs pull`"),
        (git_annex, "is a git-annex pointer, not the file itself; run `git annex get`"),
        (git_annex_link, "is a git-annex pointer, not the file itself; run `git annex get`"),
        (missing, "does not exist"),
        (folder, "is a folder, expected a file"),
        (pipe, "is a pipe, expected a file"),
        (link_to_device, "is a device or socket, expected a file"),
    ],
)
def test_other_files_are_rejected(tmp_path, name, make: Callable[[Path], None], message):
    make(tmp_path / name)
    with pytest.raises(UnreadableRun, match=re.escape(message)) as rejected:
        read_file(tmp_path / name)
    assert_one_sentence(rejected.value, tmp_path / name)


def test_a_link_to_a_checkpoint_is_followed(tmp_path, state):
    torch.save(state, tmp_path / "object")
    (tmp_path / "run.pth").symlink_to("object")
    assert read_file(tmp_path / "run.pth").keys() == state.keys()


def test_random_bytes_are_rejected(tmp_path):
    (tmp_path / "run.pth").write_bytes(bytes(range(256)) * 16)
    with pytest.raises(UnreadableRun, match="is not a checkpoint"):
        read_file(tmp_path / "run.pth")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_a_truncated_file_is_rejected(tmp_path, state, kind, share):
    path = tmp_path / ("run.safetensors" if kind == "safetensors" else "run.pth")
    if kind == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "zip")
    complete = path.read_bytes()
    path.write_bytes(complete[: int(len(complete) * share)])
    with pytest.raises(UnreadableRun, match="is damaged") as rejected:
        read_file(path)
    assert_one_sentence(rejected.value, path)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.ones(8, 8).to_sparse(), "a sparse, quantised or meta tensor"),
        (torch.ones(8, 8, device="meta"), "a sparse, quantised or meta tensor"),
        (torch.ones(1, 8).expand(10**9, 8), r"claims shape \[1000000000, 8\], more numbers than are stored"),
    ],
)
def test_tensors_that_only_torch_writes_are_rejected(tmp_path, state, tensor, message):
    torch.save({**state, "embed.W_E": tensor}, tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=message):
        read_file(tmp_path / "run.pth")


def test_a_safetensors_file_beyond_the_limit_is_rejected(tmp_path):
    with (tmp_path / "run.safetensors").open("wb") as file:
        file.write(b"\x02" + bytes(7) + b"{}")
        file.truncate((1 << 30) + 1)  # sparse: it takes no room on the disk
    with pytest.raises(UnreadableRun, match=r"is 1\.0 GiB large, expected a safetensors file of at most 1 GiB"):
        read_file(tmp_path / "run.safetensors")


def test_a_text_file_beyond_its_limit_is_rejected(tmp_path):
    (tmp_path / "run.json").write_bytes(bytes((1 << 20) + 1))
    assert len(read_bytes(tmp_path / "run.json", "expected text", limit=(1 << 20) + 1)) == (1 << 20) + 1
    with pytest.raises(UnreadableRun, match="is larger than 1 MiB; expected text"):
        read_bytes(tmp_path / "run.json", "expected text", limit=1 << 20)


@pytest.mark.parametrize("threshold", [0, 1 << 30])
def test_changing_a_tensor_does_not_change_the_file(tmp_path, state, monkeypatch, threshold):
    monkeypatch.setattr(checkpoint_file, "MAP_THRESHOLD_BYTES", threshold)
    torch.save(state, tmp_path / "run.pth")
    before = (tmp_path / "run.pth").read_bytes()
    for tensor in read_file(tmp_path / "run.pth").values():
        tensor.zero_()
    assert (tmp_path / "run.pth").read_bytes() == before


class WritesAFile:
    """Unpickling it with Python's own pickle writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("write", [torch.save, lambda payload, path: path.write_bytes(pickle.dumps(payload))])
@pytest.mark.parametrize("protocol_2", [False, True])
def test_a_pickle_that_would_run_code_is_rejected_and_not_run(tmp_path, state, write, protocol_2):
    written, path = tmp_path / "written", tmp_path / "run.pth"
    payload = {"model": state, "config": WritesAFile(written)}
    if protocol_2 and write is not torch.save:
        path.write_bytes(pickle.dumps(payload, protocol=2))
    else:
        write(payload, path)
    with pytest.raises(UnreadableRun, match=r"imports|damaged, truncated, or a pickle") as rejected:
        read_file(path)
    assert not written.exists()
    assert_one_sentence(rejected.value, path)


def test_the_error_names_the_forbidden_import(tmp_path, state):
    torch.save({"model": state, "config": WritesAFile(tmp_path / "written")}, tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match=r"imports \S*open, so loading it could run code; it was not loaded"):
        read_file(tmp_path / "run.pth")


def test_a_payload_that_is_a_list_is_a_list_of_checkpoints(tmp_path, state):
    torch.save([state], tmp_path / "run.pth")
    assert read_file(tmp_path / "run.pth").keys() == {"checkpoints"}


def test_a_payload_without_names_is_rejected(tmp_path):
    torch.save(torch.ones(2, 2), tmp_path / "run.pth")
    with pytest.raises(UnreadableRun, match="contains a Tensor, expected a dict of tensors"):
        read_file(tmp_path / "run.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickled_module_is_its_parameters(tmp_path, zipped):
    """torch.save(model, path) instead of torch.save(model.state_dict(), path)."""
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    torch.save(module, tmp_path / "run.pth", _use_new_zipfile_serialization=zipped)
    state = state_in(read_file(tmp_path / "run.pth"), "run.pth")
    assert state.keys() == module.state_dict().keys()
    assert torch.equal(state["0.weight"], module[0].weight)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_plain_pickle_of_tensors_is_read(tmp_path, state, protocol):
    (tmp_path / "run.pkl").write_bytes(pickle.dumps({"model": state, "epoch": 3}, protocol=protocol))
    payload = read_file(tmp_path / "run.pkl")
    assert payload["epoch"] == 3
    assert all(torch.equal(payload["model"][name], tensor) for name, tensor in state.items())


def test_a_torchscript_archive_is_named(tmp_path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(tmp_path / "model.pt"))
    with pytest.raises(
        UnreadableRun, match=r"model.pt is a TorchScript archive, which contains code; save its state_dict\.$"
    ):
        read_file(tmp_path / "model.pt")
