"""Provenance states what the numbers depend on."""

from __future__ import annotations

import hashlib

import torch

from engine import Explorer, ModelConfig, TrainingConfig, __version__, open_run, train
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


def test_provenance_names_the_order_of_logarithms(multiplying_run, tiny_run) -> None:
    found = Explorer(open_run(multiplying_run)).provenance(20, 40)
    assert found["token_order"] == {"logarithm_base": 3, "tokens": 6}
    assert "no_sum_directions" not in found
    assert not {"token_order", "no_sum_directions"} & Explorer(open_run(tiny_run)).provenance(20, 40).keys()


def test_provenance_says_why_an_operation_has_no_sum_directions(squaring_run) -> None:
    found = Explorer(open_run(squaring_run)).provenance(20, 40)
    assert found["no_sum_directions"] == "x^2+y^2 mod 7 has no sum directions"
    assert "token_order" not in found


def test_provenance_has_a_digest_of_a_table_of_answers(tmp_path) -> None:
    table = (0, 1, 2, 2, 0, 1, 1, 2, 0)
    config = ModelConfig.standard(p=3, d_model=8, n_heads=2, d_mlp=8, operation="table", table=table)
    train(config, TrainingConfig(epochs=1, frac_train=0.5), path=tmp_path / "run")
    found = Explorer(open_run(tmp_path / "run")).provenance(0, 0)["config"]
    assert isinstance(found, dict)
    assert found["operation"] == "table"
    assert found["table_sha256"] == hashlib.sha256(b"0 1 2 2 0 1 1 2 0").hexdigest()[:12]
    assert "table" not in found
