"""A snapshot shows which files of a run have changed, and since when."""

from __future__ import annotations

import os
from time import time

import pytest

from engine.runs.folder_snapshot import (
    STABLE_SECONDS,
    FileStatus,
    PrefixDigest,
    file_path,
    signature_of,
    take_snapshot,
)


def test_only_files_of_the_run_are_listed(tmp_path):
    for name in ("step_1.pt", "step_2.safetensors", ".step_3.pt", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    expected = {file_path(tmp_path, name) for name in ("step_1.pt", "step_2.safetensors")}
    assert take_snapshot(tmp_path).keys() == expected
    (tmp_path / "step_4.pt").symlink_to("nowhere")
    assert take_snapshot(tmp_path).keys() == expected


def test_files_of_a_native_run(native):
    names = {path.removeprefix(str(native) + os.sep) for path in take_snapshot(native)}
    assert {"run.json", "losses.csv", file_path("checkpoints", "epoch-000000.safetensors")} <= names
    assert len(names) == 7


def test_in_the_first_snapshot_a_file_dates_from_its_modification(tmp_path):
    (tmp_path / "step_1.pt").write_bytes(b"x")
    os.utime(tmp_path / "step_1.pt", (1e9, 1e9))
    (status,) = take_snapshot(tmp_path).values()
    assert status.since == 1e9
    assert status.is_stable(time())
    os.utime(tmp_path / "step_1.pt", (9e9, 9e9))  # a clock that is ahead of ours
    (status,) = take_snapshot(tmp_path).values()
    assert status.since < 9e9


def test_in_a_later_snapshot_a_changed_file_dates_from_now(tmp_path):
    for name in ("step_1.pt", "step_2.pt"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1e9, 1e9))
    first = take_snapshot(tmp_path)
    (tmp_path / "step_2.pt").write_bytes(b"xy")
    os.utime(tmp_path / "step_2.pt", (1e9, 1e9))
    second = take_snapshot(tmp_path, first)
    assert second[file_path(tmp_path, "step_1.pt")] is first[file_path(tmp_path, "step_1.pt")]
    assert second[file_path(tmp_path, "step_2.pt")].since > 1e9
    assert take_snapshot(tmp_path, second) == second


def test_a_file_is_stable_after_a_while(tmp_path):
    (tmp_path / "step_1.pt").write_bytes(b"x")
    status = FileStatus(signature_of(tmp_path / "step_1.pt"), since=100.0)
    assert not status.is_stable(100.0 + STABLE_SECONDS - 0.5)
    assert status.is_stable(100.0 + STABLE_SECONDS)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        take_snapshot(tmp_path / "missing")


def test_a_digest_of_a_prefix():
    digest = PrefixDigest.of(b"one\n")
    assert digest.is_prefix_of(b"one\n")
    assert digest.is_prefix_of(b"one\ntwo\n")
    assert not digest.is_prefix_of(b"One\ntwo\n")
    assert not digest.is_prefix_of(b"one")
