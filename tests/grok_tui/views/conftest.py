"""Fixtures for tests of views."""

from __future__ import annotations

import pytest
import torch

from engine import Explorer, open_run
from tests.grok_tui.views.view_queries import measure

KEYS = [1, 2, 3]


@pytest.fixture(params=["tiny_run", "subtracting_run"])
def exact(request) -> Explorer:
    """A run that adds and a run that subtracts, in float64, with the metrics of all checkpoints."""
    explorer = Explorer(open_run(request.getfixturevalue(request.param)), keys=KEYS, dtype=torch.float64)
    measure(explorer)
    return explorer
