"""The epoch that a checkpoint records."""

from __future__ import annotations

import pytest
import torch

from engine.runs.recorded_epochs import epochs_in


@pytest.mark.parametrize(
    ("payload", "epochs"),
    [
        ({"epoch": 70, "step": 9}, (70, 9)),
        ({"step": torch.tensor(9)}, (9,)),
        ({"metadata": {"epoch": "1200"}}, (1200,)),
        ({"epoch": 500.0, "global_step": "1e3"}, (500, 1000)),
        ({"epoch": torch.tensor(500.0), "iteration": 7}, (500, 7)),
        ({"epoch": 0.5, "step": True}, ()),
        ({"epoch": float("nan"), "step": float("inf")}, ()),
        ({"epoch": -1, "step": "many"}, ()),
        ({"epoch": 2**53, "step": "9" * 5000}, ()),
        ({}, ()),
    ],
)
def test_recorded_epochs(payload, epochs):
    assert epochs_in(payload) == epochs
