"""A checkpoint's state dict to put into containers, and a series of them."""

from __future__ import annotations

from collections.abc import Callable

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
