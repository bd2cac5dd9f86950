"""`grok-tui report`: for people and for programs."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import pytest

from engine import open_run
from tests.engine.networks.plain_model import plain_forward
from tests.losses_only import write_losses_only


def test_the_ending_of_the_file_is_the_default_format(tiny_run, tmp_path, run) -> None:
    assert run("report", tiny_run, "--output", tmp_path / "a.json").status == 0
    assert json.loads((tmp_path / "a.json").read_text())["epoch"] == 40
    assert run("report", tiny_run, "--output", tmp_path / "a.md").status == 0
    assert (tmp_path / "a.md").read_text().startswith("#")


@pytest.mark.parametrize("form", ["text", "md"])
def test_the_report_for_people_states_its_definitions(tiny_run, form, run) -> None:
    status, out, _ = run("report", tiny_run, "--format", form, "--epoch", 20)
    assert status == 0
    assert "tiny at epoch 20" in out
    for words in ("max E_k / sum E_k", "Frequencies by energy", "bias-corrected", "Sum of squared weights", "W_out"):
        assert words in out


def test_the_report_for_programs_has_its_provenance_first(tiny_run, run) -> None:
    out = run("report", tiny_run, "--format", "json", "--split", "none", "--key-frequencies", "2").out
    report = json.loads(out)
    assert list(report)[:9] == [
        "run", "epoch", "version", "dtype", "device", "config", "split", "reference_epoch", "key_frequencies",
    ]  # fmt: skip
    assert report["split"] is None
    assert report["loss"]["test"] is None
    assert report["key_frequencies"] == [2]
    for name in ("logit_frequencies", "embedding_frequencies"):
        assert all(set(entry) == {"frequency", "energy"} for entry in report[name])


def test_the_report_has_every_setting_of_a_native_run(tiny_run, run) -> None:
    recorded = json.loads((tiny_run / "run.json").read_text())
    settings = json.loads(run("report", tiny_run, "--format", "json").out)["settings"]
    assert settings == {"model": recorded["model"], "training": recorded["training"]}
    lines = {" ".join(line.split()) for line in run("report", tiny_run).out.splitlines()}
    assert {"model d_head 4", "model d_vocab 8", "training betas 0.9, 0.98", "training stop_when –"} <= lines
    assert {f"training {name}" for name in recorded["training"]} <= {" ".join(line.split()[:2]) for line in lines}
    assert "| training weight_decay | 1.0 |" in run("report", tiny_run, "--format", "md").out


def test_settings_that_json_cannot_hold_are_null_in_the_report(tiny_run, tmp_path, run) -> None:
    copy = shutil.copytree(tiny_run, tmp_path / "copy")
    recorded = json.loads((copy / "run.json").read_text())
    recorded["training"] |= {"lr": math.nan, "betas": [0.5, math.inf], "note": {"mine": -math.inf}}
    (copy / "run.json").write_text(json.dumps(recorded))
    training = json.loads(run("report", copy, "--format", "json").out)["settings"]["training"]
    assert (training["lr"], training["betas"], training["note"]) == (None, [0.5, None], {"mine": None})


def test_the_settings_of_other_runs_are_absent(single, run) -> None:
    assert "settings" not in json.loads(run("report", single, "--format", "json").out)
    assert "Settings" not in run("report", single).out


def test_the_operation_of_a_checkpoint_is_an_option(subtracting_run, run) -> None:
    whole, last = open_run(subtracting_run), subtracting_run / "checkpoints" / "epoch-000040.safetensors"
    for operation, options in (("subtract", ("--operation", "subtract")), ("add", ())):
        report = json.loads(run("report", last, *options, "--format", "json").out)
        assert report["config"]["operation"] == operation
        network = plain_forward(whole.weights(40), replace(whole.config, operation=operation))
        assert report["loss"]["all"] == pytest.approx(network.loss.mean().item(), rel=1e-5)


def test_a_run_without_weights_has_no_report(tmp_path, run) -> None:
    status, out, err = run("report", write_losses_only(tmp_path / "run"))
    assert (status, out, err) == (1, "", "run has losses but no checkpoints; this needs weights.\n")
