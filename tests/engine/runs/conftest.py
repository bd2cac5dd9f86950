"""State dicts to save in any format, and a native run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor

from tests.engine.state_dicts.foreign import transformerlens_state

State = dict[str, Tensor]


@pytest.fixture
def state_of(tiny_config, random_weights) -> Callable[[int], State]:
    """`state_of(seed)`: the tiny model with the weights of that seed."""
    return lambda seed: transformerlens_state(random_weights(tiny_config, seed))


@pytest.fixture
def state(state_of) -> State:
    return state_of(0)


@pytest.fixture
def native(tiny_run, tmp_path) -> Path:
    """A copy of a native run of epochs 0, 10, 20, 30 and 40."""
    return Path(shutil.copytree(tiny_run, tmp_path / "native"))
