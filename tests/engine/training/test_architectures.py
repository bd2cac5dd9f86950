"""Every architecture is trained into a native run, which resumes to the same bytes and is read as it was trained."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import Explorer, GrokError, ModelConfig, NotEnoughMemory, open_run, plan, train
from engine.networks import memory
from engine.networks.memory import bytes_needed_to_train
from engine.networks.parameters import initial_parameters, parameter_shapes
from engine.networks.transformer_config import TransformerConfig
from engine.runs.native_run import recorded_settings
from engine.training.plan import training_split
from engine.training.run_options import settings_of_new_run
from engine.training.state import initial_state
from engine.training.steps import make_step
from tests.engine.training.architectures import ARCHITECTURES, settings
from tests.soak.kill_training import require_same

every_architecture = pytest.mark.parametrize("name", ARCHITECTURES)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks of this size train slower with several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the undisturbed run of each architecture."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ARCHITECTURES:
        train(*settings(name), path=folder / name)
    return folder


@every_architecture
def test_a_run_records_its_architecture_and_is_read_back(whole, name) -> None:
    config, training = settings(name)
    run = open_run(whole / name)
    assert (run.container, run.config, run.inferred, run.assumed) == ("native", config, (), ())
    assert recorded_settings(whole / name) == (config, training)
    recorded = json.loads((whole / name / "run.json").read_text())
    folded = isinstance(config, ModelConfig)
    assert recorded["format_version"] == (1 if folded else 2)
    assert recorded["model"].get("arch") == (None if folded else "mlp" if "mlp" in name else "transformer")
    assert run.epochs == (0, 10, 20, 30)


@every_architecture
def test_recorded_losses_are_those_of_the_metrics(whole, name) -> None:
    """The network that is trained is the network that is analysed."""
    run = open_run(whole / name)
    explorer = Explorer(run, dtype=torch.float64)
    assert run.losses is not None
    assert np.flatnonzero(~np.isnan(run.losses.test)).tolist() == [0, 7, 10, 14, 20, 21, 28, 30]
    for epoch in run.epochs:
        loss = explorer.summary(epoch).losses.loss
        train_loss, test_loss = run.losses.at(epoch)
        assert train_loss == pytest.approx(loss.train, rel=1e-5)
        assert test_loss == pytest.approx(loss.test, rel=1e-5)
    assert run.losses.train[-1] < run.losses.train[0]


@every_architecture
def test_an_interrupted_run_resumes_to_the_same_bytes(tmp_path, whole, name) -> None:
    epochs = iter(range(100))
    stopped = train(*settings(name), path=tmp_path / "run", should_stop=lambda: next(epochs) == 13)
    assert stopped.progress.epoch == 13
    train(*recorded_settings(tmp_path / "run"), path=tmp_path / "run")
    require_same(tmp_path / "run", whole / name)


@every_architecture
def test_a_finished_run_is_extended_to_the_bytes_of_the_longer_run(tmp_path, whole, name) -> None:
    train(*settings(name, epochs=17), path=tmp_path / "run")
    train(*settings(name), path=tmp_path / "run")
    require_same(tmp_path / "run", whole / name)


@every_architecture
def test_the_plan_matches_the_files(whole, name) -> None:
    planned = plan(*settings(name))
    checkpoint, resume = whole / name / "checkpoints" / "epoch-000030.safetensors", whole / name / "resume.safetensors"
    tensors = load_file(checkpoint)
    assert planned.n_parameters == sum(tensor.numel() for tensor in tensors.values())
    assert planned.checkpoint_bytes == pytest.approx(checkpoint.stat().st_size, rel=0.1)
    assert planned.resume_bytes == pytest.approx(resume.stat().st_size, rel=0.1)


@every_architecture
def test_parameters_start_as_documented(name) -> None:
    config, training = settings(name)
    drawn = initial_parameters(config, 0, training.biases)
    assert {key: tuple(tensor.shape) for key, tensor in drawn.items()} == parameter_shapes(config, training.biases)
    for key, tensor in drawn.items():
        last = key.rpartition(".")[2]
        if last == "w":
            assert torch.equal(tensor, torch.ones_like(tensor))
        elif last.startswith("b"):
            assert not tensor.any()
        else:
            assert tensor.std().item() == pytest.approx(_scale(key, tuple(tensor.shape), config), rel=0.5)


def _scale(name: str, shape: tuple[int, ...], config) -> float:
    if name.startswith("layers.0.W_"):
        return (2 * shape[0]) ** -0.5
    if name.startswith("layers.") or name == "unembed.W":
        return shape[0] ** -0.5
    return (config.d_vocab if name.endswith("W_U") else config.d_model) ** -0.5


def test_one_layer_without_norms_trains_as_the_study_s_network(tmp_path) -> None:
    """The general step computes what `pair_step` computes, from the same initial weights."""
    options = {"p": 7, "d_model": 8, "n_heads": 2, "d_mlp": 12, "epochs": 20, "frac_train": 0.5, "dtype": "float64"}
    study, training = settings_of_new_run(options)
    assert isinstance(study, ModelConfig)
    one_more_logit = {field: getattr(study, field) for field in ("p", "d_model", "n_heads", "d_head", "d_mlp")}
    general = TransformerConfig(**one_more_logit, n_layers=1, prompt=study.prompt, d_vocab=8, d_vocab_out=7)
    assert isinstance(general, TransformerConfig)
    fewer_logits = replace(study, d_vocab_out=7)
    for config, name in ((fewer_logits, "folded"), (general, "general")):
        train(config, training, path=tmp_path / name)
    folded, other = (open_run(tmp_path / name).losses for name in ("folded", "general"))
    assert folded is not None
    assert other is not None
    np.testing.assert_allclose(other.train, folded.train, rtol=1e-9)
    np.testing.assert_allclose(other.test, folded.test, rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"arch": "mlp", "p": 13, "d_mlp": 128, "joined": "sum", "act_fn": "quadratic", "biases": "none", "lr": 0.01},
        {"norm": "pre", "p": 11, "d_model": 32, "n_heads": 2, "d_mlp": 64, "lr": 0.001, "frac_train": 0.9},
    ],
    ids=["mlp", "pre-norm"],
)
def test_a_small_network_learns_the_task(options) -> None:
    """It answers pairs that it has not seen, for which guessing costs log p, more than 2.3 nats."""
    settings = {"frac_train": 0.8, "epochs": 3_000, "save_every": "3000", "test_every": 25, "stop_when": 0.3, **options}
    trained = train(*settings_of_new_run(settings))
    assert (trained.ending, trained.progress.train_loss < 0.05) == ("test_loss", True)


@every_architecture
def test_training_that_does_not_fit_is_refused_before_anything_is_written(monkeypatch, tmp_path, name) -> None:
    monkeypatch.setattr(memory, "bytes_available", lambda device: 3 << 20)
    with pytest.raises(NotEnoughMemory, match=r"Training a network .* needs about .*; train with a smaller p"):
        train(*settings(name), path=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("loss", ["cross-entropy", "stablemax"])
@every_architecture
def test_the_planned_memory_is_enough_for_what_autograd_keeps(name, loss) -> None:
    changes = {"loss": loss, "p": 31, "frac_train": 0.6, **({} if "mlp" in name else {"d_model": 32}), "d_mlp": 128}
    config, training = settings(name, **changes)
    overhead = bytes_needed_to_train(*settings(name, p=5, d_mlp=1))
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    state = initial_state(config, training, "cpu")
    step = make_step(state.parameters, config, training, training_split(config, training).train, with_gradients=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        step.loss()
    assert sum(kept.values()) < bytes_needed_to_train(config, training) - overhead < 16 * sum(kept.values())


def test_a_run_does_not_continue_with_another_architecture(tmp_path, whole) -> None:
    for other in ("embedded mlp", "two layers"):
        with pytest.raises(GrokError, match="is a run with other settings"):
            train(*settings(other), path=whole / "pre-norm")
    config, training = settings("pre-norm")
    assert isinstance(config, TransformerConfig)
    with pytest.raises(GrokError, match=r"other settings \(.*norm_order: recorded pre, requested post"):
        train(replace(config, norm_order="post"), training, path=whole / "pre-norm")


def test_biases_that_are_not_trained_are_not_written(whole) -> None:
    stored = set(load_file(whole / "post-norm" / "checkpoints" / "epoch-000030.safetensors"))
    assert {name for name in stored if name.rpartition(".")[2].startswith("b")} == {
        f"blocks.{layer}.{norm}.b" for layer in (0, 1) for norm in ("ln1", "ln2")
    }
