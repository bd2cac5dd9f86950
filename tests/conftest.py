"""Fixtures for every test: the real models beside the project, and a run that takes a second to make."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # one process per core: more threads would only compete
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from engine import ModelConfig, SaveSchedule, TrainingConfig, train
from engine.networks.config import Operation

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def real() -> Callable[[str], Path]:
    """The path of a file among the real models, or a skip where they are absent."""
    return partial(_path_or_skip, SHARED / "real")


@pytest.fixture
def case() -> Callable[[str], Path]:
    """The path of a file among the small files of the kinds that people have, or a skip where they are absent."""
    return partial(_path_or_skip, SHARED / "cases")


def _path_or_skip(folder: Path, name: str) -> Path:
    if not (folder / name).exists():
        pytest.skip(f"{name} is not in {folder}")
    return folder / name


def _train_tiny(tmp_path_factory: pytest.TempPathFactory, name: str, operation: Operation) -> Path:
    path = tmp_path_factory.mktemp("runs") / name
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12, operation=operation)
    train(config, TrainingConfig(epochs=40, save_every=SaveSchedule.parse("10"), frac_train=0.5), path=path)
    return path


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A native run of p = 7 with checkpoints at 0, 10, 20, 30, 40. Read only."""
    return _train_tiny(tmp_path_factory, "tiny", "add")


@pytest.fixture(scope="session")
def subtracting_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but of a model that learns (x - y) mod 7. Read only."""
    return _train_tiny(tmp_path_factory, "subtracting", "subtract")


@pytest.fixture(scope="session")
def multiplying_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but of a model that learns x * y mod 7. Read only."""
    return _train_tiny(tmp_path_factory, "multiplying", "multiply")


@pytest.fixture(scope="session")
def squaring_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but of a model that learns x^2 + y^2 mod 7, which has no sum directions. Read only."""
    return _train_tiny(tmp_path_factory, "squaring", "x^2+y^2")


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that a test does reaches the folders of the person who runs it, and nothing in these changes a test."""
    for kind in ("CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden screens anew")
