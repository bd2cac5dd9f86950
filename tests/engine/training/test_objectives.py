"""Training with `loss = stablemax` and `optimizer = orthogonal-grad`: steps, records, resumes, packs, refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import Explorer, GrokError, ModelConfig, SaveSchedule, TrainingConfig, open_run, train, train_packed
from engine.networks.config import InvalidConfig
from engine.networks.pair_forward import pair_logits
from engine.networks.parameters import pair_logits as general_logits
from engine.networks.task import answers
from engine.runs.convert import convert
from engine.runs.native_run import recorded_settings
from engine.training.plan import training_split
from engine.training.state import initial_state
from engine.training.steps import make_step
from tests.engine.training.architectures import ARCHITECTURES, settings
from tests.engine.training.test_packed import assert_equals_single_run, new_runs
from tests.soak.kill_training import require_same

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
TRAINING = TrainingConfig(epochs=30, save_every=SaveSchedule.parse("10"), frac_train=0.5)
OBJECTIVES = {
    "stablemax": {"loss": "stablemax"},
    "orthogonal-grad": {"optimizer": "orthogonal-grad"},
    "both": {"loss": "stablemax", "optimizer": "orthogonal-grad", "weight_decay": 0.0},
}
every_objective = pytest.mark.parametrize("objective", OBJECTIVES)


def plain_loss(logits: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """The mean of -log(s(l_z) / sum s(l)), by the definition of s."""
    s = torch.where(logits >= 0, logits + 1, 1 / (1 - logits.clamp(max=0)))
    return -(s.gather(1, answer[:, None])[:, 0] / s.sum(1)).log().mean()


@every_objective
def test_ten_steps_are_those_of_the_definition(objective) -> None:
    """In float64, against autograd, the projection written plainly, and `torch.optim.AdamW`."""
    training = replace(TRAINING, epochs=10, dtype="float64", warmup_steps=0, **OBJECTIVES[objective])
    state, split = initial_state(CONFIG, training, "cpu"), training_split(CONFIG, training)
    w = {name: tensor.detach().clone().requires_grad_() for name, tensor in state.parameters.items()}
    optimiser = torch.optim.AdamW(
        list(w.values()), lr=training.lr, betas=training.betas, weight_decay=training.weight_decay
    )
    x, y = torch.from_numpy(split.train).nonzero().T
    answer = answers(CONFIG.task)[x, y]
    for _ in range(10):
        optimiser.zero_grad()
        logits = pair_logits(w, CONFIG, x, y)
        if training.loss == "stablemax":
            loss = plain_loss(logits, answer)
        else:
            loss = torch.nn.functional.cross_entropy(logits, answer)
        loss.backward()
        if training.optimizer == "orthogonal-grad":
            for tensor in w.values():
                g = tensor.grad - (tensor * tensor.grad).sum() / ((tensor * tensor).sum() + 1e-30) * tensor.detach()
                tensor.grad = g * tensor.grad.norm() / g.norm()
        optimiser.step()
    trained = train(CONFIG, training)
    for name, tensor in w.items():
        torch.testing.assert_close(getattr(trained.weights, name), tensor.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_minimises_the_stablemax_loss(name) -> None:
    config, training = settings(name, loss="stablemax", dtype="float64")
    state, split = initial_state(config, training, "cpu"), training_split(config, training)
    step = make_step(state.parameters, config, training, split.train, with_gradients=True)
    found = step.loss().item()
    step.backward()
    gradients = {key: tensor.grad.clone() for key, tensor in state.parameters.items()}
    x, y = torch.from_numpy(split.train).nonzero().T
    for tensor in state.parameters.values():
        tensor.grad = None
    loss = plain_loss(general_logits(config, state.parameters)(x, y), answers(config.task)[x, y])
    loss.backward()
    assert found == pytest.approx(loss.item(), rel=1e-12)
    for key, tensor in state.parameters.items():
        torch.testing.assert_close(gradients[key], tensor.grad, rtol=1e-8, atol=1e-13)


@every_objective
def test_a_run_records_it_and_resumes_to_the_same_bytes(tmp_path, objective) -> None:
    training = replace(TRAINING, **OBJECTIVES[objective])
    train(CONFIG, training, path=tmp_path / "whole")
    recorded = json.loads((tmp_path / "whole" / "run.json").read_text())
    assert recorded["format_version"] == 3
    assert recorded_settings(tmp_path / "whole") == (CONFIG, training)
    epochs = iter(range(100))
    train(CONFIG, training, path=tmp_path / "run", should_stop=lambda: next(epochs) == 13)
    train(*recorded_settings(tmp_path / "run"), path=tmp_path / "run")
    require_same(tmp_path / "run", tmp_path / "whole")
    train(CONFIG, replace(training, epochs=17), path=tmp_path / "extended")
    train(CONFIG, training, path=tmp_path / "extended")
    require_same(tmp_path / "extended", tmp_path / "whole")


def test_the_files_of_the_study_do_not_mention_them(tmp_path) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "run")
    recorded = json.loads((tmp_path / "run" / "run.json").read_text())
    assert recorded["format_version"] == 1
    assert not {"loss", "optimizer"} & recorded["training"].keys()


def test_the_recorded_losses_are_those_that_were_minimised(tmp_path) -> None:
    """The metrics of the checkpoints stay cross-entropy, and the run says which loss its trainer recorded."""
    train(CONFIG, replace(TRAINING, loss="stablemax"), path=tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.losses is not None
    assert run.split is not None
    assert run.losses.loss == "stablemax"
    x, y = torch.from_numpy(run.split.train).nonzero().T
    answer = answers(CONFIG.task)[x, y]
    explorer = Explorer(run, dtype=torch.float64)
    for epoch in run.epochs:
        w = {name: tensor.double() for name, tensor in run.weights(epoch).items()}
        logits = pair_logits(w, CONFIG, x, y)
        assert run.losses.at(epoch)[0] == pytest.approx(plain_loss(logits, answer).item(), rel=1e-5)
        cross_entropy = torch.nn.functional.cross_entropy(logits[:, :7], answer).item()
        assert explorer.summary(epoch).losses.loss.train == pytest.approx(cross_entropy, rel=1e-9)
    convert(run, tmp_path / "converted")
    assert open_run(tmp_path / "converted").losses.loss == "stablemax"


@every_objective
@pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.5), (0.3, 0.5, 0.8)], ids=["equal", "padded"])
def test_packed_runs_equal_single_ones(tmp_path, objective, fractions) -> None:
    changes = OBJECTIVES[objective]
    trainings = [
        replace(TRAINING, seed=seed, frac_train=fraction, dtype="float64", **changes)
        for seed, fraction in enumerate(fractions)
    ]
    train_packed(new_runs(tmp_path, trainings, CONFIG))
    for number in range(3):
        assert_equals_single_run(tmp_path / f"run-{number}", tmp_path / "single", rtol=1e-9)


def test_runs_of_different_objectives_are_not_one_batch(tmp_path) -> None:
    changes = ({}, {"loss": "stablemax"}, {"optimizer": "orthogonal-grad"}, {"loss": "stablemax"})
    paths = new_runs(tmp_path, [replace(TRAINING, seed=seed, **each) for seed, each in enumerate(changes)], CONFIG)
    train_packed(paths)
    assert [open_run(path).training.get("packed") for path in paths] == [None, 2, None, 2]
    for path in paths:
        assert_equals_single_run(path, tmp_path / "single")


@pytest.mark.parametrize(("name", "value"), [("loss", "stablemax"), ("optimizer", "orthogonal-grad")])
def test_a_run_does_not_continue_with_another_one(tmp_path, name, value) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "run")
    with pytest.raises(GrokError, match=rf"{name}: recorded \S+, requested {value}"):
        train(CONFIG, replace(TRAINING, **{name: value}), path=tmp_path / "run")


@pytest.mark.parametrize(
    ("name", "choices"), [("loss", "cross-entropy, stablemax"), ("optimizer", "adamw, orthogonal-grad")]
)
def test_an_unknown_one_is_refused(name, choices) -> None:
    with pytest.raises(InvalidConfig, match=f"{name} must be one of {choices}; found 'mse'"):
        TrainingConfig(**{name: "mse"})


def test_stop_when_refers_to_the_loss_that_is_minimised(tmp_path) -> None:
    easy = replace(TRAINING, frac_train=0.9, epochs=200, test_every=5, loss="stablemax")
    train(CONFIG, easy, path=tmp_path / "whole")
    tested = open_run(tmp_path / "whole").losses.test
    threshold = (tested[0] + np.nanmin(tested)) / 2
    stopped = train(CONFIG, replace(easy, stop_when=float(threshold)), path=tmp_path / "run")
    assert stopped.ending == "test_loss"
    assert stopped.progress.test_loss < threshold
