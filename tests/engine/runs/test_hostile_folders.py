"""Whatever is in a folder beside checkpoints, opening does not block, and no file name drives the terminal."""

from __future__ import annotations

import os
import shutil

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import GrokError, UnreadableRun
from engine.runs.open_run import open_run
from tests.engine.runs.other_files import dangling_link, folder, link_to_device, link_to_itself, pipe, unix_socket

# Control sequences, a line break, right-to-left override, an 8-bit control character, a byte that is not text.
HOSTILE = ("\x1b]0;owned\x07", "\x1b[2J", "\r\n", "\u202e", "\x9b2J", "\udcff")
NOT_FILES = [pipe, folder, link_to_itself, dangling_link, link_to_device, unix_socket]


@pytest.mark.parametrize("make", NOT_FILES)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_checkpoint_that_is_not_a_file_is_skipped(tmp_path, state, make, suffix):
    run = tmp_path / "run"
    run.mkdir()
    for step in (0, 1, 2):
        file = run / f"step_{step}{suffix}"
        torch.save(state, file) if suffix == ".pt" else save_file(state, file)
    make(run / f"step_3{suffix}")
    opened = open_run(run)
    assert opened.epochs == (0, 1, 2)
    assert len(opened.warnings) == 1
    assert f"step_3{suffix}" in opened.warnings[0]


@pytest.mark.parametrize("make", NOT_FILES)
@pytest.mark.parametrize("name", ["run.json", "losses.csv", "checkpoints/epoch-000040.safetensors", "checkpoints"])
def test_a_part_of_a_native_run_that_is_not_a_file(native, make, name):
    part = native / name
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    make(part)
    if name.endswith("safetensors"):
        assert open_run(native).epochs == (0, 10, 20, 30)
        return
    with pytest.raises(UnreadableRun) as rejected:
        open_run(native)
    assert str(native) in str(rejected.value)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_file_name_never_drives_the_terminal(tmp_path, state, hostile):
    run = tmp_path / f"run{hostile}"
    run.mkdir()
    torch.save(state, tmp_path / "one.pt")
    for name in ("step_1.pt", "step_2.pt", f"{hostile}best.pt", f"{hostile}_9.pt"):
        shutil.copy(tmp_path / "one.pt", run / name)
    (run / "step_3.pt").write_bytes(b"")
    opened = open_run(run)
    assert len(opened.warnings) == 3
    assert all(warning.isprintable() for warning in opened.warnings)
    with pytest.raises(UnreadableRun) as rejected:
        open_run(run / f"{hostile}.pth")
    assert str(rejected.value).isprintable()


@pytest.mark.parametrize("hostile", [*HOSTILE[:-1], "x" * 10**6])
def test_a_tensor_name_never_drives_the_terminal(tmp_path, state, hostile):
    for payload in (
        {**state, f"{hostile}W": torch.ones(1)},
        {hostile: torch.ones(1)},
        {hostile: 1},
        {"model": {hostile: 1}},
    ):
        torch.save(payload, tmp_path / "run.pth")
        with pytest.raises(GrokError) as rejected:
            open_run(tmp_path / "run.pth")
        assert str(rejected.value).isprintable()
        assert len(str(rejected.value)) < 2100


def test_an_epoch_beyond_the_limit_is_skipped(tmp_path, state, native):
    for name in ("step_1.pt", "step_2.pt", f"step_{10**30}.pt"):
        torch.save(state, tmp_path / name)
    assert open_run(tmp_path).epochs == (1, 2)
    assert f"step_{10**30}.pt was skipped" in open_run(tmp_path).warnings[0]
    assert open_run(tmp_path / f"step_{10**30}.pt").epochs == (0,)
    checkpoints = native / "checkpoints"
    shutil.copy(checkpoints / "epoch-000040.safetensors", checkpoints / f"epoch-{10**30}.safetensors")
    assert open_run(native).epochs == (0, 10, 20, 30, 40)


@pytest.mark.parametrize("name", ["run.json", "losses.csv", "checkpoints/epoch-000040.safetensors", "checkpoints", "."])
def test_missing_read_permission(native, name):
    (native / name).chmod(0)
    if os.access(native / name, os.R_OK):
        pytest.skip("this user may read everything")
    if name.endswith("safetensors"):
        assert "cannot be read: Permission denied" in open_run(native).warnings[0]
        return
    with pytest.raises(UnreadableRun, match="cannot be read: Permission denied"):
        open_run(native)
