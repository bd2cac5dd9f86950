"""Provenance states what the numbers depend on."""

from __future__ import annotations

import torch

from engine import Explorer, __version__, open_run
from engine.explorer.provenance import describe_split


def test_provenance_states_run_split_dtype_and_config(tiny_run) -> None:
    found = Explorer(open_run(tiny_run), dtype=torch.float64, keys=[3, 1]).provenance(20, 40)
    assert found["run"] == "tiny"
    assert (found["epoch"], found["reference_epoch"]) == (20, 40)
    assert found["key_frequencies"] == [1, 3]
    assert found["split"] == {"source": "file", "seed": 0, "n_train": 24}
    assert (found["dtype"], found["device"]) == ("float64", "cpu")
    assert found["config"]["prompt"] == "x y ="
    assert found["version"] == __version__


def test_without_a_split_its_description_is_absent() -> None:
    assert describe_split(None) is None
