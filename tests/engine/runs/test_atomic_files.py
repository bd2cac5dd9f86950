"""Files are written completely or not at all, and new files never overwrite others."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.runs.atomic_files import append, create_atomically, is_temporary, remove_temporaries, write_atomically
from tests.engine.training.disk_faults import Death, dying_at, full_from


@pytest.mark.parametrize("write", [write_atomically, create_atomically])
def test_write_a_new_file(tmp_path, write):
    write(tmp_path / "file", b"content")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"content"}


def test_replace_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    write_atomically(tmp_path / "file", b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"new"}


def test_create_never_overwrites(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "dangling"):
        with pytest.raises(FileExistsError):
            create_atomically(tmp_path / name, b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dangling", "file"]


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_created_at_the_last_moment_is_not_overwritten(tmp_path, monkeypatch, hard_links):
    link = os.link

    def late(source: Path, target: Path) -> None:
        target.write_bytes(b"other")
        if not hard_links:
            raise OSError(errno.EPERM, "no hard links")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(FileExistsError):
        create_atomically(tmp_path / "file", b"content")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"other"}


def test_create_without_hard_links(tmp_path, monkeypatch):
    def link(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no hard links")

    monkeypatch.setattr(os, "link", link)
    create_atomically(tmp_path / "file", b"content")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"content"}


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("write", [write_atomically, create_atomically])
def test_files_have_the_mode_of_the_umask(tmp_path, write):
    before = os.umask(0o027)
    try:
        write(tmp_path / "file", b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("write", [write_atomically, create_atomically])
@pytest.mark.parametrize("call", range(5))
def test_a_crash_leaves_a_complete_file_or_a_temporary_one(tmp_path, write, call):
    try:
        with dying_at(call):
            write(tmp_path / "file", b"content")
    except Death:
        pass
    for file in tmp_path.iterdir():
        assert is_temporary(file.name) or file.read_bytes() == b"content"
    remove_temporaries(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} <= {"file"}


@pytest.mark.parametrize("write", [write_atomically, create_atomically])
def test_a_full_disk_leaves_nothing(tmp_path, write):
    with full_from(0), pytest.raises(OSError, match="No space left"):
        write(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_atomically, create_atomically, append])
@pytest.mark.parametrize("call", range(2))
def test_an_error_names_the_file_not_its_temporary(tmp_path, write, call):
    with full_from(call), pytest.raises(OSError, match="No space left") as error:
        write(tmp_path / "file", b"content")
    assert error.value.filename == str(tmp_path / "file")


def test_a_full_disk_without_hard_links_leaves_nothing(tmp_path, monkeypatch):
    def no_links(self, target):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    with full_from(2), pytest.raises(OSError, match="No space left"):  # after the write and its fsync
        create_atomically(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []
