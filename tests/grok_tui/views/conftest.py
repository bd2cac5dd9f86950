"""Fixtures for tests of views."""

from __future__ import annotations

import pytest
import torch

from engine import Explorer, open_run
from tests.engine.networks.plain_model import plain_forward
from tests.grok_tui.views.checks import known_explorer
from tests.grok_tui.views.other_runs import OTHERS, other_explorer
from tests.grok_tui.views.view_queries import measure

KEYS = [1, 2, 3]


@pytest.fixture(params=["tiny_run", "subtracting_run"])
def exact(request) -> Explorer:
    """A run that adds and a run that subtracts, in float64, with the metrics of all checkpoints."""
    explorer = Explorer(open_run(request.getfixturevalue(request.param)), keys=KEYS, dtype=torch.float64)
    measure(explorer)
    return explorer


@pytest.fixture(params=["x y =", *OTHERS])
def prompt_run(request, explorer) -> Explorer:
    """The tiny run, a run of even p, and one whose prompt ends in y."""
    return explorer if request.param == "x y =" else other_explorer(request.param)


@pytest.fixture(params=["x y =", *OTHERS, "known", "known, subtracting"])
def varied_run(request, explorer) -> Explorer:
    """The tiny run, a run of even p, one whose prompt ends in y, and two with known clusters."""
    if request.param.startswith("known"):
        return known_explorer(operation="subtract" if "subtracting" in request.param else "add")
    if request.param == "x y =":
        return explorer
    # In float32 the bias of -100 of the dead neuron would hide the small variation of its pre-activation.
    return Explorer(other_explorer(request.param).run, keys=[1, 4], dtype=torch.float64, no_split=True)


@pytest.fixture
def at_epoch(exact):
    """`at_epoch(epoch)`: the weights in float64, and all activations of the plain forward pass."""
    return lambda epoch: (
        exact.run.weights(epoch).to(torch.float64),
        plain_forward(exact.run.weights(epoch), exact.run.config),
    )
