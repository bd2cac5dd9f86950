"""Settings in files beside checkpoints: the nearest file wins, and a damaged one gives a warning."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs import config_files
from engine.runs.config_file_names import find_config_files
from engine.runs.config_files import config_files_beside
from engine.runs.open_run import open_run
from engine.runs.refresh import refresh
from engine.runs.yaml_settings import parse_yaml
from tests.engine.runs.other_files import folder, git_lfs, link_to_device, pipe


def write(path: Path, **settings: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))
    return path


@pytest.mark.parametrize(
    ("checkpoint", "config"),
    [
        ("model.pt", "config.json"),
        ("model.pt", "hparams.yaml"),
        ("model.pt", "args.json"),
        ("model.pt", ".hydra/config.yaml"),
        ("model_bare.pt", "config_bare.json"),
        ("bare.pt", "bare.json"),
        ("bare.pt", "bare_config.yml"),
        ("final-model-a7.pt", "config-a7.json"),
        ("checkpoints/model.pt", "config.json"),
        ("checkpoint-500/model.safetensors", "run_config.json"),
        ("checkpoints/step_500/model.pt", "params.json"),
    ],
)
def test_the_config_of_a_checkpoint(tmp_path, checkpoint, config):
    file = write(tmp_path / config, p=7)
    write(tmp_path / "config_of_another.json", p=9)
    (tmp_path / checkpoint).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / checkpoint).touch()
    assert config_files_beside(tmp_path / checkpoint) == config_files.ConfigFiles({"p": 7}, (str(file),))


def test_the_nearest_file_wins(tmp_path):
    write(tmp_path / "run" / "config.json", p=1, lr=1, wd=1, seed=1)
    write(tmp_path / "run" / "checkpoints" / "args.json", p=2, lr=2, wd=2)
    write(tmp_path / "run" / "checkpoints" / "config.json", p=3, lr=3)
    write(tmp_path / "run" / "checkpoints" / "config_a.json", p=4)
    (tmp_path / "run" / "checkpoints" / "model_a.pt").touch()
    found = config_files_beside(tmp_path / "run" / "checkpoints" / "model_a.pt")
    assert found.settings == {"p": 4, "lr": 3, "wd": 2, "seed": 1}
    assert [Path(path).name for path in found.paths] == ["config_a.json", "config.json", "args.json", "config.json"]
    assert config_files_beside(tmp_path / "run" / "checkpoints").settings == {"p": 3, "lr": 3, "wd": 2, "seed": 1}


def test_a_run_is_read_with_the_settings_beside_it(tmp_path, state):
    write(tmp_path / "run" / "config.json", act_fn="gelu", lr=0.1)
    (tmp_path / "run" / "checkpoints").mkdir()
    torch.save({"model": state, "config": {"lr": 0.2}}, tmp_path / "run" / "checkpoints" / "step_5.pt")
    for path in (tmp_path / "run", tmp_path / "run" / "checkpoints", tmp_path / "run" / "checkpoints" / "step_5.pt"):
        run = open_run(path)
        assert (run.config.act_fn, run.training) == ("gelu", {"act_fn": "gelu", "lr": 0.2})
        assert run.settings_files == (str(tmp_path / "run" / "config.json"),)


def test_settings_of_weights_and_biases(tmp_path):
    (tmp_path / "config.yaml").write_text("_wandb: {value: {cli: 1}}\nwandb_version: 1\np: {desc: null, value: 7}\n")
    assert config_files_beside(tmp_path).settings == {"p": 7}


def test_yaml_becomes_plain_values_and_nothing_is_constructed(tmp_path):
    text = """\
lr: 1e-3
betas: !!python/tuple [0.9, 0.98]
run: !!python/object/apply:os.system ["touch written"]
model: !!python/object:model.Config {p: 7, act_fn: ReLU}
date: 2024-01-01
big: 0xFFFF
"""
    (tmp_path / "config.yaml").write_text(text)
    assert parse_yaml(tmp_path / "config.yaml") == {
        "lr": 0.001,
        "betas": [0.9, 0.98],
        "run": ["touch written"],
        "model": {"p": 7, "act_fn": "ReLU"},
        "date": "2024-01-01",
        "big": 0xFFFF,
    }


def test_aliases_repeat_a_part_of_yaml(tmp_path):
    (tmp_path / "config.yaml").write_text("base: &base {p: 7, lr: 1}\nmodel: {<<: *base, lr: 2}\ndata: *base\n")
    base = {"p": 7, "lr": 1}
    assert parse_yaml(tmp_path / "config.yaml") == {"base": base, "model": {"p": 7, "lr": 2}, "data": base}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &a [1, *a]", "line 1: found an alias in what it repeats"),
        ("a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9)), "line 6: found more"),
        ("a: [", "line 1: expected the node content"),
        ("[" * 100, "line 1: found more than 20 levels"),
        ("? [1]\n: 2", "line 1: found unhashable key"),
        ("a: " + "9" * 5000, "ValueError"),
        ("a: \x00", "ReaderError"),
    ],
)
def test_invalid_yaml(tmp_path, text, reason):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UnreadableRun, match=f"config.yaml is not valid YAML .{reason}"):
        parse_yaml(tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("config.json", b"{", r"is not valid JSON \(Expecting property name"),
        ("config.json", b"[1, 2]", "contains a list, expected named settings"),
        ("config.json", b"[" * 100_000, "is not valid JSON"),
        ("config.json", b'{"a": ' + b"9" * 5000 + b"}", "is not valid JSON"),
        ("config.json", b" " * (5 << 20), "is larger than 4 MiB"),
        ("config.yaml", b"a: 1\n" * 10_000, "is larger than 32 KiB"),
        ("config.yaml", b"\xff\xfe\xfa", "is not valid YAML"),
        ("config.yaml", b"hello", "contains a str, expected named settings"),
    ],
)
def test_a_damaged_config_is_skipped_with_a_warning(tmp_path, state, name, data, reason):
    torch.save(state, tmp_path / "model.pt")
    (tmp_path / name).write_bytes(data)
    run = open_run(tmp_path / "model.pt")
    assert (run.training, run.settings_files) == ({}, ())
    (warning,) = run.warnings
    assert re.match(rf"{tmp_path / name} was skipped: {reason}", warning)


@pytest.mark.parametrize("make", [folder, pipe, link_to_device, git_lfs])
@pytest.mark.parametrize("name", ["config.json", "config.yaml"])
def test_what_is_not_a_config(tmp_path, state, make, name):
    make(tmp_path / name)
    torch.save(state, tmp_path / "model.pt")
    run = open_run(tmp_path / "model.pt")
    assert run.training == {}
    assert str(tmp_path / name) in run.warnings[0]


def test_a_growing_run_reads_its_config_again_only_if_it_changes(tmp_path, state, monkeypatch):
    read: list[Path] = []
    read_bytes = config_files.read_bytes
    monkeypatch.setattr(config_files, "read_bytes", lambda path, *a: (read.append(path), read_bytes(path, *a))[1])
    config = write(tmp_path / "config.json", act_fn="gelu")
    torch.save(state, tmp_path / "step_0.pt")
    run = open_run(tmp_path)
    for step in (1, 2):
        torch.save(state, tmp_path / f"step_{step}.pt")
        run = refresh(run)
    assert run.epochs == (0, 1, 2)
    assert read == [config]
    write(config, act_fn="gelu", lr=0.1)
    assert refresh(run).training == {"act_fn": "gelu", "lr": 0.1}


def test_the_folder_above_is_searched_only_from_a_folder_of_checkpoints(tmp_path):
    write(tmp_path / "config.json", p=7)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "model.pt").touch()
    assert find_config_files(tmp_path / "results" / "model.pt") == []
    assert find_config_files(Path("/")) == []
