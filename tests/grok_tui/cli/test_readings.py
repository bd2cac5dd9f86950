"""How a foreign file is read, as the command line shows and checks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file


@pytest.fixture
def contradicted(single: Path, tmp_path: Path) -> Path:
    """A checkpoint whose recorded losses are not those of its network."""
    payload = {"model": load_file(single), "epoch": 40, "train_loss": 1e-9, "test_loss": 1e-9, "op": "sub"}
    torch.save(payload, tmp_path / "run.pt")
    return tmp_path / "run.pt"


def test_report_and_show_stop_at_a_contradiction(contradicted, run) -> None:
    for command in (("report",), ("show", "losses")):
        status, out, err = run(*command, contradicted)
        assert (status, out) == (1, "")
        assert "contradicts what it records: loss of all pairs" in err
        assert "--force-reading" in err


def test_force_reading_goes_on_with_a_warning(contradicted, run) -> None:
    status, out, err = run("report", contradicted, "--force-reading", "--format", "json")
    assert status == 0
    assert "contradicts what it records" in err
    assert json.loads(out)["config"]["operation"] == "subtract"


def test_exports_list_what_was_inferred_and_assumed(single, run) -> None:
    report = json.loads(run("report", single, "--format", "json", "--prompt", "x y =").out)
    assert "prompt" not in report["inferred"] + report["assumed"]
    assert "act_fn" in report["assumed"]
    assert "assumed " in run("show", "losses", single).out.splitlines()[3]


def test_native_runs_assume_nothing(tiny_run, run) -> None:
    report = json.loads(run("report", tiny_run, "--format", "json").out)
    assert (report["inferred"], report["assumed"]) == ([], [])


def test_info_says_where_each_setting_comes_from(contradicted, run) -> None:
    rows = dict(line.split(maxsplit=1) for line in run("info", contradicted, "--attn-coeff", "1").out.splitlines())
    assert rows["explicit"] == "attn_coeff 1"
    assert rows["recorded"] == "operation subtract"
    assert "act_fn relu" in rows["assumed"]
    assert rows["check"].startswith("epoch 40 contradicts the recorded values: loss of all pairs")


def test_names_are_repeatable(single, run, tmp_path) -> None:
    tensors = load_file(single)
    tensors["my.thing"] = tensors.pop("W_E")
    torch.save(tensors | {"my.extra": torch.ones(2)}, tmp_path / "run.pt")
    assert "--name W_E=my.thing" in run("info", tmp_path / "run.pt").err
    status, out, _ = run("info", "--name", "W_E=my.thing", "--name", "ignore=my.extra", tmp_path / "run.pt")
    assert status == 0
    assert "p = 7" in out


def test_a_name_without_a_tensor_is_wrong_usage(single, run) -> None:
    assert run("info", single, "--name", "W_E")[::2] == (
        2,
        "--name is ROLE=TENSOR, such as W_E=my.embedding; found 'W_E'.\n",
    )
