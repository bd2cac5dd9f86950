"""What can lie in a folder beside checkpoints: nothing is waited for, and no name drives a terminal."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest
import torch

from engine.errors import GrokError, UnreadableRun
from engine.runs import checkpoint_series
from engine.runs.open_run import open_run

HOSTILE = ("\x1b]0;owned\x07", "\x1b[2J", "\r\n", "\u202e", "\x9b2J", "\udcff")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listener(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


THINGS = [pipe, folder, loop, nowhere, device, listener]


@pytest.fixture
def native(tiny_run, tmp_path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "native"))


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", THINGS)
@pytest.mark.parametrize("name", ["step_3.pt", "step_3.safetensors"])
def test_a_checkpoint_that_is_no_file_is_left_out(tmp_path, state, make, name):
    run = tmp_path / "run"
    run.mkdir()
    for step in (0, 1, 2):
        torch.save(state, run / f"step_{step}{Path(name).suffix}") if name.endswith("pt") else save(state, run, step)
    make(run / name)
    found = open_run(run)
    assert found.epochs == (0, 1, 2)
    assert len(found.warnings) == 1
    assert name in found.warnings[0]


def save(state, run: Path, step: int) -> None:
    from safetensors.torch import save_file

    save_file(state, run / f"step_{step}.safetensors")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", THINGS)
@pytest.mark.parametrize("name", ["run.json", "losses.csv", "checkpoints/epoch-000040.safetensors", "checkpoints"])
def test_a_part_of_a_native_run_that_is_no_file(native, make, name):
    part = native / name
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    make(part)
    if name.endswith("safetensors"):
        assert open_run(native).epochs == (0, 10, 20, 30)
        return
    with pytest.raises(UnreadableRun) as refused:
        open_run(native)
    assert str(native) in str(refused.value)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_file_name_never_drives_the_terminal(tmp_path, state, hostile):
    run = tmp_path / f"run{hostile}"
    run.mkdir()
    for name in ("step_1.pt", "step_2.pt", f"{hostile}best.pt", f"{hostile}_9.pt"):
        torch.save(state, tmp_path / "one.pt")
        shutil.copy(tmp_path / "one.pt", run / name)
    (run / f"step_{3}.pt").write_bytes(b"")
    found = open_run(run)
    assert len(found.warnings) == 3
    assert all(warning.isprintable() for warning in found.warnings)
    with pytest.raises(UnreadableRun) as refused:
        open_run(run / f"{hostile}.pth")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("hostile", [*HOSTILE[:-1], "x" * 10**6])
def test_a_tensors_name_never_drives_the_terminal(tmp_path, state, hostile):
    for payload in (
        {**state, f"{hostile}W": torch.ones(1)},
        {hostile: torch.ones(1)},
        {hostile: 1},
        {"model": {hostile: 1}},
    ):
        torch.save(payload, tmp_path / "run.pth")
        with pytest.raises(GrokError) as refused:
            open_run(tmp_path / "run.pth")
        assert str(refused.value).isprintable()
        assert len(str(refused.value)) < 2100


def test_a_number_too_large_for_an_epoch_is_left_out(tmp_path, state, native):
    for name in ("step_1.pt", "step_2.pt", f"step_{10**30}.pt"):
        torch.save(state, tmp_path / name)
    assert open_run(tmp_path).epochs == (1, 2)
    assert f"step_{10**30}.pt was skipped" in open_run(tmp_path).warnings[0]
    assert open_run(tmp_path / f"step_{10**30}.pt").epochs == (0,)
    checkpoints = native / "checkpoints"
    shutil.copy(checkpoints / "epoch-000040.safetensors", checkpoints / f"epoch-{10**30}.safetensors")
    assert open_run(native).epochs == (0, 10, 20, 30, 40)


def test_epochs_that_are_there_twice_are_told_once(tmp_path, state_of, native):
    run = tmp_path / "run"
    run.mkdir()
    for step in range(5):
        torch.save(state_of(step), run / f"step_{step:04}.pt")
        torch.save(state_of(step + 10), run / f"step_{step}.pt")
    found = open_run(run)
    assert found.epochs == (0, 1, 2, 3, 4)
    assert len(found.warnings) == 1
    assert "5 epochs appear more than once; for epoch 0" in found.warnings[0]
    assert torch.equal(found.weights(3).W_E, state_of(13)["embed.W_E"])
    checkpoints = native / "checkpoints"
    shutil.copy(checkpoints / "epoch-000000.safetensors", checkpoints / "epoch-10.safetensors")
    again = open_run(native)
    assert again.epochs == (0, 10, 20, 30, 40)
    assert "epoch-000010.safetensors was skipped" in again.warnings[0]
    assert torch.equal(again.weights(10).W_E, again.weights(0).W_E)


def test_a_folder_of_wrecks_without_end_is_given_up(tmp_path, monkeypatch, state):
    monkeypatch.setattr(checkpoint_series, "MAX_UNREADABLE", 20)
    torch.save(state, tmp_path / "step_0.pt")
    for step in range(1, 40):
        (tmp_path / f"step_{step}.pt").write_bytes(b"")
    with pytest.raises(UnreadableRun, match="None of the last 20 checkpoints"):
        open_run(tmp_path)


def test_many_files_of_another_name_are_told_in_a_few_warnings(tmp_path, state):
    for name in ("step_1.pt", "step_2.pt", *(f"other{letter}.pt" for letter in "abcdefghijklmnopqrstuvwxyz")):
        torch.save(state, tmp_path / name)
    warnings = open_run(tmp_path).warnings
    assert len(warnings) == 11
    assert warnings[-1] == "16 more warnings of this kind."


@pytest.mark.parametrize("name", ["run.json", "losses.csv", "checkpoints/epoch-000040.safetensors", "checkpoints", "."])
def test_what_may_not_be_read_is_told(native, name):
    (native / name).chmod(0)
    if os.access(native / name, os.R_OK):
        pytest.skip("this user may read everything")
    if name.endswith("safetensors"):
        assert "cannot be read: Permission denied" in open_run(native).warnings[0]
        return
    with pytest.raises(UnreadableRun, match="cannot be read: Permission denied"):
        open_run(native)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("training",), [[[]]], None),
        (("training",), {"epochs": 10**400}, None),
        (("model", "prompt"), "x y " + "9" * 5000, "consists of x, y, op"),
        (("model", "prompt"), "x y " + "7 " * 100_000, "W_pos has shape|at most"),
        (("model", "act_fn"), ["relu"], "act_fn must be one of"),
        (("model", "d_mlp"), 10**4000, "largest token table|digits"),
        (("model", "p"), True, "p must be a whole number"),
        (("model", "d_head"), None, "d_head must be a whole number"),
        (("split", "seed"), None, "the seed must be a whole number"),
        (("split", "seed"), 1.5, "the seed must be a whole number"),
        (("split", "seed"), 10**30, "the seed must be a whole number"),
        (("split",), {"source": "file", "train_indices": [1.5]}, "found 1.5"),
        (("split",), {"source": "file", "train_indices": [10**30]}, "a train index is x"),
        (("split",), {"source": "file", "train_indices": {"0": 1}}, "found '0'"),
        (("split",), {"source": ["file"]}, "run.json is invalid"),
        (("split",), {"source": "\x1b[2J"}, "'train_indices' is missing"),
    ],
)
def test_a_run_json_of_any_kind_is_read_or_refused(native, place, value, sentence):
    described = json.loads((native / "run.json").read_text())
    inner = described
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (native / "run.json").write_text(json.dumps(described) if sentence != "digits" else "")
    if sentence is None:
        assert open_run(native).epochs == (0, 10, 20, 30, 40)
        return
    with pytest.raises(UnreadableRun, match=sentence) as refused:
        open_run(native)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 2100


@pytest.mark.parametrize("text", [b"\xff\xfe{}", b'{"a":' * 10**5, b"9" * 5000, b"NaN", b"\xef\xbb\xbf{}"])
def test_a_run_json_that_is_none_is_told(native, text):
    (native / "run.json").write_bytes(text)
    with pytest.raises(UnreadableRun, match=r"run\.json (is not valid JSON|contains a float)"):
        open_run(native)


@pytest.mark.parametrize("path", ["~nobody-of-that-name/run", "a\x00b", "", "/dev/null", "/proc/self/mem"])
def test_a_path_that_leads_nowhere_is_told(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableRun):
        open_run(path)
