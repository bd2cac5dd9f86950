"""Native runs of transformers with norms or several layers and of MLPs: `run.json`, layers on show, conversion."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import GrokError, InvalidConfig, UnreadableRun, convert, open_run, train
from engine.explorer.provenance import describe_settings
from engine.runs.refresh import refresh
from engine.runs.run_json import config_from_json, config_to_json
from tests.engine.training.architectures import ARCHITECTURES, settings


@pytest.fixture
def written(tmp_path):
    """A run of a transformer with two layers and norms."""
    train(*settings("post-norm", epochs=10), path=tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_config_is_read_back(name) -> None:
    config, _ = settings(name)
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arch": "rnn"}, "arch must be one of transformer, mlp; found 'rnn'"),
        ({"arch": ["mlp"]}, "run.json is invalid"),
        ({"arch": "mlp"}, "'hidden' is missing"),
        ({"d_mlp": None}, "d_mlp has the invalid value None"),
        ({"d_mlp": 13}, r"W_in has shape \[8, 12\]; expected \[8, 13\]"),
        ({"d_mlp": 10**4000}, "W_in has shape"),
        ({"d_model": True}, "d_model has the invalid value True"),
        ({"p": 10**9}, "p must be at most 1,024"),
        ({"p": "7"}, "p must be a whole number; found '7'"),
        ({"n_layers": 10**9}, "n_layers must be at most 64 layers; found 1000000000"),
        ({"n_layers": 3}, "has no tensor blocks.2.attn.W_Q"),
        ({"norms": "ln1"}, "norms has the invalid value 'ln1'"),
        ({"norms": ["ln1", "ln9"]}, "norms has the invalid value"),
        ({"norms": ["ln1", []]}, "norms has the invalid value"),
        ({"norms": ["ln1"]}, r"has a tensor blocks\.[01]\.(ln2|ln_final)\.[wb], which this network does not have"),
        ({"norm_kind": "batch"}, "norm_kind has the invalid value 'batch'"),
        ({"norm_eps": "small"}, "norm_eps has the invalid value 'small'"),
        ({"norm_eps": float("nan")}, "norm_eps has the invalid value nan"),
        ({"rotary_base": 0}, "rotary_base must be positive"),
        ({"causal": 1}, "causal has the invalid value 1"),
        ({"prompt": "x op " * 40 + "y"}, "x and y once|at most 64 tokens|consists of|contains x once"),
        ({"prompt": "x y " + "7 " * 100}, "A prompt has at most 64 tokens"),
        ({"layer": 2}, "layer must be from 0 to 1; found 2"),
        ({"table": [1.5] * 49}, "table has the invalid value"),
        ({"extra": 1}, "run.json is invalid"),
    ],
)
def test_an_invalid_setting_is_rejected(written, change, message) -> None:
    content = json.loads((written / "run.json").read_text())
    (written / "run.json").write_text(json.dumps({**content, "model": {**content["model"], **change}}))
    with pytest.raises(UnreadableRun, match=message) as rejected:
        open_run(written)
    assert len(str(rejected.value)) < 2100


def test_a_mlp_with_too_many_layers_is_rejected(tmp_path) -> None:
    train(*settings("one-hot mlp", epochs=0), path=tmp_path / "run")
    content = json.loads((tmp_path / "run" / "run.json").read_text())
    content["model"]["hidden"] = [12] * 10_000
    (tmp_path / "run" / "run.json").write_text(json.dumps(content))
    with pytest.raises(UnreadableRun, match="hidden must be at most 64 layers; found 10000"):
        open_run(tmp_path / "run")


def test_metadata_in_a_checkpoint_is_no_tensor(written) -> None:
    file = written / "checkpoints" / "epoch-000010.safetensors"
    save_file(load_file(file), file, {"note": "mine"})
    assert open_run(written).epochs == (0, 10)


def test_the_layer_on_show_is_chosen_and_kept_when_the_run_grows(written) -> None:
    run = open_run(written, layer=0)
    assert (open_run(written).config.reported()["layer"], run.config.reported()["layer"]) == (1, 0)
    train(*settings("post-norm", epochs=20), path=written)
    grown = refresh(run)
    assert (grown.epochs, grown.config, grown.warnings) == ((0, 10, 20), run.config, ())
    with pytest.raises(InvalidConfig, match="layer must be from 0 to 1; found 2"):
        open_run(written, layer=2)


def test_options_that_contradict_the_run_are_refused(written) -> None:
    assert open_run(written, norm="post", n_heads=2).config.p == 7
    with pytest.raises(InvalidConfig, match="records norm = post; --norm pre conflicts with it"):
        open_run(written, norm="pre")
    with pytest.raises(InvalidConfig, match="records act_fn = relu; --act-fn silu conflicts"):
        open_run(written, act_fn="silu")


def test_the_report_lists_all_settings(written) -> None:
    found = describe_settings(open_run(written))
    assert found is not None
    model, training = found["model"], found["training"]
    assert isinstance(model, dict)
    assert isinstance(training, dict)
    assert (model["n_layers"], model["norms"], model["norm_order"], model["d_vocab"]) == (2, ["ln1", "ln2"], "post", 9)
    assert (training["biases"], training["epochs"]) == ("none", 10)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_run_is_converted(tmp_path, name) -> None:
    train(*settings(name, epochs=10), path=tmp_path / "run")
    source = open_run(tmp_path / "run")
    convert(source, tmp_path / "copy", torch.float16)
    copy = open_run(tmp_path / "copy")
    assert (copy.config, copy.epochs, dict(copy.training)) == (source.config, source.epochs, dict(source.training))
    for (first, before), (second, after) in zip(source.weights(10).items(), copy.weights(10).items(), strict=True):
        assert first == second
        assert torch.equal(before.half(), after)


def test_a_run_without_checkpoints_is_trained_from_its_start(written) -> None:
    for file in (written / "checkpoints").iterdir():
        file.unlink()
    (written / "resume.safetensors").unlink()
    with pytest.raises(GrokError, match=r"has no resume.safetensors, so its training cannot be resumed"):
        train(*settings("post-norm", epochs=10), path=written)
