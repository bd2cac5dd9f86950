"""What may be at a path in place of a checkpoint, each made by a function of the path."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from engine.errors import GrokError


def missing(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("epoch,loss\n0,4.7\n")


def git_lfs(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")


def git_annex(path: Path) -> None:
    path.write_text("/annex/objects/SHA256E-s449--5d41.pth\n")


def git_annex_link(path: Path) -> None:
    path.symlink_to("../.git/annex/objects/xx/yy/SHA256E-s449--5d41.pth")


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def assert_one_sentence(error: GrokError, path: Path) -> None:
    """The message names the path, fits on a line, and does not advise to trust the file."""
    assert str(path) in str(error)
    assert "\n" not in str(error)
    assert "weights_only" not in str(error)
    assert "add_safe_globals" not in str(error)
