"""The report against independent float64 values of three public models, and against the oracle."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine import Explorer, ModelConfig, Run, Split, TrainingConfig, Weights, open_run, report, report_json, train
from engine.networks.config import Operation
from engine.networks.split import random_seed_split
from engine.runs.run import Checkpoint
from tests.engine.known_network import known_network
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward

MODELS = {
    "neel_2022_layout_p113.pth": "random.seed",
    "transformerlens_layout_p113.pt": "torch.randperm",
    "no_equals_prompt_p59.pt": None,
}
# Fields that the expected files do not have.
UNEXPECTED = {
    *("run", "epoch", "version", "dtype", "device", "reference_epoch"),
    *(
        "neuron_frequencies",
        "logit_frequencies",
        "embedding_frequencies",
        "inferred",
        "assumed",
        "algorithm",
        "collapse",
        "ranks",
        "inverse_participation_ratio",
        "phase_alignment",
        "commutativity",
    ),
}


@pytest.mark.parametrize(("dtype", "rel"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
@pytest.mark.parametrize("name", MODELS)
def test_every_field_matches_independent_values(name, dtype, rel, real) -> None:
    path = real(name)
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text())
    explorer = Explorer(open_run(path), dtype=dtype)
    last = explorer.epochs[-1]
    found = report_json(report(explorer, last, last))
    assert set(found) == set(expected) | UNEXPECTED
    for field, values in expected.items():
        agree(found[field], values, rel, field)
    assert (found["split"] or {}).get("source") == MODELS[name]


@pytest.mark.parametrize("name", MODELS)
def test_the_logit_fit_is_a_float64_least_squares_fit(name, real) -> None:
    explorer = Explorer(open_run(real(name)), dtype=torch.float64)
    found = report(explorer, explorer.epochs[-1], explorer.epochs[-1]).logit_fit
    logits = centred_logits(explorer)  # [x, y, z]
    waves = torch.stack([wave(explorer.run.config.p, k).flatten() for k in found.coefficients], dim=1)
    fitted = torch.linalg.lstsq(waves, logits.flatten()[:, None]).solution[:, 0]
    assert list(found.coefficients.values()) == pytest.approx(fitted.tolist(), rel=1e-10)


def test_frequencies_by_energy_have_their_share(real) -> None:
    explorer = Explorer(open_run(real("neel_2022_layout_p113.pth")))
    found = report_json(report(explorer, explorer.epochs[-1], explorer.epochs[-1], interventions=False))
    assert found["key_frequencies"] == [3, 6, 23, 39]
    assert [entry["frequency"] for entry in found["logit_frequencies"]] == [3, 6, 23, 39]
    assert [entry["frequency"] for entry in found["embedding_frequencies"]] == [3, 6, 23, 35, 39]
    # Each c_k cos w_k(s - z) of the logit formula has the mean square c_k^2 / 2; the fit leaves little on other waves.
    energy = {entry["frequency"]: entry["energy"] for entry in found["logit_frequencies"]}
    coefficients = {int(k): c for k, c in found["logit_fit"]["coefficients"].items()}
    assert energy[23] / energy[6] == pytest.approx((coefficients[23] / coefficients[6]) ** 2, rel=0.5)


def centred_logits(explorer: Explorer) -> Tensor:
    """[x, y, z] of the last checkpoint, from a plain forward pass in float64."""
    logits = plain_forward(explorer.run.weights(explorer.epochs[-1]), explorer.run.config).logits
    return logits - logits.mean()


def wave(p: int, k: int) -> Tensor:
    """`cos w_k (x + y - z)` in float64. [x, y, z]"""
    t = torch.arange(p, dtype=torch.float64)
    return torch.cos(2 * torch.pi * k * (t[:, None, None] + t[:, None] - t) / p)


def agree(found: object, expected: object, rel: float, where: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        for key, value in expected.items():
            agree(found[key], value, rel, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), where
        for index, (value, reference) in enumerate(zip(found, expected, strict=True)):
            agree(value, reference, rel, f"{where}[{index}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=rel), where
    else:
        assert found == expected, where


def test_a_report_is_strict_json_with_null_for_absent_values(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), no_split=True)
    found = json.loads(json.dumps(report_json(report(explorer, 20, 40)), allow_nan=False))
    assert found["split"] is None
    assert found["loss"]["train"] is None
    assert found["loss"]["all"] > 0
    assert found["epoch"] == 20
    assert found["reference_epoch"] == 40
    assert found["config"] == {
        "p": 7, "d_model": 8, "n_heads": 2, "d_head": 4, "d_mlp": 12, "act_fn": "relu", "prompt": "x y =",
        "operation": "add", "attn_coeff": 1.0,
    }  # fmt: skip
    assert sum(cluster["neurons"] for cluster in found["clusters"]) == 12


@pytest.fixture(params=["add", "subtract"])
def operation(request) -> Operation:
    return request.param


@pytest.fixture(params=[(11, (2, 5)), (12, (5, 6))])  # 6 is half of 12: a cosine without a sine
def nearly_known(request, operation, random_weights) -> Explorer:
    """The known network with a little noise on each weight, and a split."""
    known = known_network(*request.param, operation=operation)
    noise = random_weights(known.config, dtype=torch.float64)
    weights = Weights(**{name: tensor + 0.01 * getattr(noise, name) for name, tensor in known.weights.items()})
    run = Run("known", Path("known"), "memory", known.config, (Checkpoint(0, lambda: weights),))
    return Explorer(run, dtype=torch.float64, split=Split(random_seed_split(known.config.p, 0, 40), "option"))


def test_every_metric_matches_the_oracle(nearly_known) -> None:
    found = report_json(report(nearly_known, 0, 0))
    config, weights = nearly_known.run.config, nearly_known.run.weights(0)
    model, train = plain_forward(weights, config), torch.from_numpy(nearly_known.split.train)
    logits, sign, p, keys = model.logits, model.sign, config.p, nearly_known.keys(0)

    def losses(logits: torch.Tensor) -> dict[str, float]:
        return parts(plain.loss_grid(logits, sign))

    def parts(grid: torch.Tensor) -> dict[str, float]:
        return {"all": grid.mean().item(), "train": grid[train].mean().item(), "test": grid[~train].mean().item()}

    def on_keys(values: torch.Tensor) -> torch.Tensor:
        return plain.on_sum_directions(values, keys, sign)

    x = torch.arange(p)
    answer = (x[:, None] + sign * x) % p
    waves = {k: torch.cos(2 * torch.pi * k / p * (answer[..., None] - x).double()) for k in keys}
    fitted = {k: ((logits - logits.mean()) * wave).sum() / wave.square().sum() for k, wave in waves.items()}
    residual = logits - logits.mean() - sum(fitted[k] * waves[k] for k in keys)
    W_logit = weights.W_out @ weights.W_U[:, :p]
    first, second = map(str, keys)
    members = {first: [1, *range(3, 3 + p)], second: [*range(3 + p, 3 + 2 * p)], "rest": [0, 2]}
    logits_of = {
        name: (model.post[..., n] if name == "rest" else plain.on_block(model.post[..., n], int(name))) @ W_logit[n]
        for name, n in members.items()
    }
    without = {
        name: losses(plain.corrected(sum(logits_of.values()) - part, logits))["all"] for name, part in logits_of.items()
    }
    expected = {
        "loss": losses(logits),
        "accuracy": parts((logits.argmax(dim=-1) == answer).double()),
        "trig_loss": losses(plain.corrected(on_keys(logits), logits)),
        "excluded_loss": {str(k): losses(logits - plain.on_sum_directions(logits, [k], sign)) for k in keys},
        "excluded_loss_all_key": losses(logits - on_keys(logits)),
        "key_frequency_only": {
            "with_rest": losses(plain.corrected(sum(logits_of.values()), logits))["all"],
            "without_rest": without["rest"],
        },
        "without_cluster": without,
        "trig_fraction": {
            "logits": plain.fraction_on(on_keys(logits), logits),
            "neurons_pre": plain.fraction_on(on_keys(model.pre), model.pre),
            "neurons_post": plain.fraction_on(on_keys(model.post[..., 1:]), model.post[..., 1:]),  # the first is dead
        },
        "logit_fit": {
            "fve": (1 - residual.square().sum() / (logits - logits.mean()).square().sum()).item(),
            "coefficients": {str(k): c.item() for k, c in fitted.items()},
        },
        "attention": model.pattern.mean(dim=(0, 1)).tolist(),
    }
    assert found["config"]["operation"] == config.operation
    assert [cluster["neurons"] for cluster in found["clusters"]] == [1 + p, p, 2]
    for field, values in expected.items():
        agree(found[field], values, 1e-9, field)


def test_the_split_of_a_subtracting_run_is_inferred(tmp_path) -> None:
    config = ModelConfig.standard(p=13, d_model=16, n_heads=2, d_mlp=32, operation="subtract")
    train(config, TrainingConfig(seed=4, epochs=300, lr=1e-2, frac_train=0.5), path=tmp_path / "run")
    last = tmp_path / "run" / "checkpoints" / "epoch-000300.safetensors"
    split = Explorer(open_run(last, operation="subtract")).split
    assert split is not None
    assert (split.source, split.seed, split.n_train) == ("random.seed", 4, 84)
    assert (split.train == random_seed_split(13, 4, 84)).all()


def test_key_frequencies_can_be_explicit(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[3, 1])
    found = report_json(report(explorer, 40, 40))
    assert found["key_frequencies"] == [1, 3]
    assert list(found["excluded_loss"]) == ["1", "3"]
    assert [cluster["frequency"] for cluster in found["clusters"]] == [1, 3, None]


def test_without_key_frequencies_their_metrics_are_absent(tiny_run) -> None:
    found = report_json(report(Explorer(open_run(tiny_run), keys=[]), 40, 40))
    absent = {"all": None, "train": None, "test": None}
    assert (found["trig_loss"], found["excluded_loss_all_key"], found["excluded_loss"]) == (absent, absent, {})
    assert set(found["trig_fraction"].values()) == {None}
    assert found["logit_fit"] == {"fve": None, "coefficients": {}}
    assert set(found["key_frequency_only"].values()) == {None}
    assert found["loss"]["all"] > 0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu(tiny_run) -> None:
    found = [report_json(report(Explorer(open_run(tiny_run), keys=[1, 3], device=d), 20, 40)) for d in ("cpu", "cuda")]
    assert found[1].pop("device") == "cuda"
    found[0].pop("device")
    agree(found[1], found[0], 1e-3, "report")
