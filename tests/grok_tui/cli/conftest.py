"""Commands run in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from grok_tui.cli.main import main


class Result(NamedTuple):
    status: int
    out: str
    err: str


RunCommand = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> RunCommand:
    """`run("show", "losses", path)` runs a command and returns its exit status, stdout and stderr."""

    def run_command(*arguments: object) -> Result:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run_command


@pytest.fixture
def single(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A single checkpoint, the last of the tiny run, without the losses beside it."""
    return Path(shutil.copy(tiny_run / "checkpoints" / "epoch-000040.safetensors", tmp_path_factory.mktemp("single")))
