"""A server on this machine, and checkpoints to put on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine import open_run
from tests.engine.runs.remote.servers import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def checkpoints(tiny_run: Path, tmp_path: Path) -> Path:
    """A folder with step_0.pt, step_10.pt, ..., step_40.pt."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for checkpoint in open_run(tiny_run).checkpoints:
        state = dict(checkpoint.load().items())
        torch.save({"model": state, "p": 7, "prompt": "x y ="}, folder / f"step_{checkpoint.epoch}.pt")
    return folder
