"""`Explorer.from_module`: every answer about a module is that about the same network as a run."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn

from engine import Ablation, Explorer, GrokError, InvalidConfig, ModelConfig, UnreadableRun, WrongUsage, report
from engine.explorer.epoch_report import report_json
from engine.networks.config import Operation
from engine.networks.parts import MissingPart
from engine.runs.open_run import open_run
from tests.engine.networks.torch_modules import (
    OneHotMlp,
    TwoNumberMlp,
    one_hot_pairs,
    study_state,
    study_transformer,
)

NAMES: dict[str, Any] = {"neurons": "act", "attention": "softmax", "W_U": "unembed"}
PRECISIONS = [(torch.float32, 1e-4), (torch.float64, 1e-9)]
# Fields of the report that are about the file, or that need to know that the tail is linear.
DIFFERENT = {"run", "config", "inferred", "assumed", "settings", "gini", "sum_sq_weights", "tail", "split"}
DIFFERENT |= {"algorithm", "ranks", "inverse_participation_ratio", "phase_alignment"}
RERUN = {"key_frequency_only", "without_cluster"}


def explorers(path, dtype: torch.dtype, **options: Any) -> tuple[Explorer, Explorer]:
    """The explorer of a run, and that of a module with the weights of its checkpoints."""
    run = open_run(path)
    assert isinstance(run.config, ModelConfig)
    module = study_transformer(run.weights(run.epochs[-1]), run.config)
    states = {epoch: study_state(run.weights(epoch)) for epoch in run.epochs}
    kept = {"dtype": dtype, "keys": [1, 3]}
    own = Explorer.from_module(
        module, p=7, checkpoints=states, operation=run.config.operation, split=run.split, **NAMES, **kept, **options
    )
    return Explorer(run, **kept), own


def same(actual: Any, expected: Any, atol: float, path: str = "report") -> None:
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys(), path
        for name in expected:
            same(actual[name], expected[name], atol, f"{path}.{name}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), path
        for index, pair in enumerate(zip(actual, expected, strict=True)):
            same(*pair, atol, f"{path}[{index}]")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, abs=atol, rel=atol), path
    else:
        assert actual == expected, path


@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
@pytest.mark.parametrize("run", ["tiny_run", "subtracting_run", "multiplying_run", "squaring_run"])
def test_all_metrics_are_those_of_the_run(run, dtype, atol, request) -> None:
    known, own = explorers(request.getfixturevalue(run), dtype)
    assert own.epochs == known.epochs
    for epoch in (0, 40):
        expected, actual = (report_json(report(each, epoch, 40)) for each in (known, own))
        different = DIFFERENT | RERUN
        same(
            {name: value for name, value in actual.items() if name not in different},
            {name: value for name, value in expected.items() if name not in different},
            atol,
        )
        assert actual["gini"]["W_E"] == pytest.approx(expected["gini"]["W_E"], abs=atol)
        assert actual["gini"]["W_L"] is None
        for name in ("distance_irrelevance", "circularity"):
            same(actual["algorithm"][name], expected["algorithm"][name], atol)
        assert actual["algorithm"]["gradient_symmetricity"] is None
        squares = [each["sum_sq_weights"]["total"] for each in (actual, expected)]
        assert squares[0] == pytest.approx(squares[1], rel=1e-5)


@pytest.mark.parametrize(("dtype", "atol"), PRECISIONS)
def test_ablations_of_neurons_are_those_of_the_run(dtype, atol, tiny_run) -> None:
    known, own = explorers(tiny_run, dtype)
    for fill in ("zero", "mean"):
        ablation = Ablation(clusters=frozenset({None}), fill=fill)
        expected, actual = (each.ablate(40, 40, ablation, 2, 5) for each in (known, own))
        assert actual.ablated.scores.loss.all == pytest.approx(expected.ablated.scores.loss.all, abs=atol)
        torch.testing.assert_close(
            torch.from_numpy(actual.ablated.logits), torch.from_numpy(expected.ablated.logits), atol=atol, rtol=0
        )
    assert actual.rerun
    with pytest.raises(MissingPart, match=r"ablation of heads needs .* your own module StudyTransformer"):
        own.ablate(40, 40, Ablation(heads=frozenset({0})), 2, 5)
    with pytest.raises(MissingPart, match="path around the MLP"):
        own.ablate(40, 40, Ablation(direct=True), 2, 5)


def test_a_run_of_its_checkpoints_has_run_metrics(tiny_run) -> None:
    known, own = explorers(tiny_run, torch.float64)
    for explorer in (known, own):
        list(explorer.run_metrics(40).steps())
    expected, actual = (explorer.run_metrics(40).snapshot() for explorer in (known, own))
    assert actual.complete
    assert actual.series("loss", "all") == pytest.approx(expected.series("loss", "all"), abs=1e-9)
    assert len(set(actual.series("loss", "all"))) == 5


def test_the_provenance_says_what_was_read() -> None:
    explorer = Explorer.from_module(TwoNumberMlp(7, 5, 12), p=7, prompt="x, y", neurons="fc2:input", pre="fc1", epoch=9)
    described = explorer.provenance(9, 9)
    config = described["config"]
    assert isinstance(config, dict)
    assert (config["neurons"], config["pre"], config["prompt"]) == ("fc2:input", "fc1", "x, y")
    assert config["architecture"] == "your own module TwoNumberMlp"
    assert described["inferred"] == ["W_E"]
    assert described["assumed"] == ["operation"]
    assert explorer.epochs == (9,)
    assert not explorer.refresh()


def test_the_module_is_read_as_it_was(tiny_run) -> None:
    run = open_run(tiny_run)
    assert isinstance(run.config, ModelConfig)
    module = study_transformer(run.weights(40), run.config)
    explorer = Explorer.from_module(module, p=7, neurons="act")
    with torch.no_grad():
        module.fc1.weight.zero_()
    expected = Explorer(run).neuron_activation(40, 3, 40)
    torch.testing.assert_close(
        torch.from_numpy(explorer.neuron_activation(0, 3, 0).post), torch.from_numpy(expected.post), atol=1e-5, rtol=0
    )


def test_what_a_module_is_called_with_can_be_any_function() -> None:
    explorer = Explorer.from_module(OneHotMlp(7, 12), p=7, inputs=one_hot_pairs(7, torch.float32))
    assert explorer.config.n_neurons == 12
    assert explorer.run.reading is not None
    assert explorer.run.reading.inferred == ("neurons",)
    assert explorer.run.reading.explicit == ("p", "prompt")


def test_state_dicts_must_be_copies() -> None:
    module = TwoNumberMlp(7, 5, 12)
    options: dict[str, Any] = {"p": 7, "prompt": "x, y", "neurons": "fc2:input", "pre": "fc1"}
    with pytest.raises(UnreadableRun, match=r"checkpoints\[0\] and checkpoints\[9\] share the tensor embed.weight"):
        Explorer.from_module(module, checkpoints={0: module.state_dict(), 9: module.state_dict()}, **options)
    copies = {epoch: deepcopy(module.state_dict()) for epoch in (9, 0)}
    assert Explorer.from_module(module, checkpoints=copies, **options).epochs == (0, 9)
    with pytest.raises(WrongUsage, match="checkpoints is empty"):
        Explorer.from_module(module, checkpoints={}, **options)
    del copies[9]["fc1.bias"]
    with pytest.raises(UnreadableRun, match=r"checkpoints\[9\] has no tensor fc1.bias"):
        Explorer.from_module(module, checkpoints=copies, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 7, "neurons": "net.2"}, "pass pre="),
        ({"p": 2}, "p must be at least 3"),
        ({"p": 7, "split": "random:1"}, "A split is random.seed:SEED"),
        ({"p": 7, "operation": "divide", "epoch": 3, "W_E": "net.5"}, "no parameter net.5"),
    ],
)
def test_wrong_options_are_one_sentence(options, message) -> None:
    with pytest.raises(GrokError, match=message):
        Explorer.from_module(OneHotMlp(7, 12), inputs=one_hot_pairs(7, torch.float32), **options)


@pytest.mark.parametrize("operation", ["multiply", "divide"])
def test_a_module_that_multiplies_is_read_in_order_of_logarithms(operation: Operation) -> None:
    explorer = Explorer.from_module(
        OneHotMlp(7, 12), p=7, operation=operation, inputs=one_hot_pairs(7, torch.float32), keys=[2]
    )
    assert explorer.order.tokens == (1, 3, 2, 6, 4, 5)
    activation = explorer.neuron_activation(0, 3, 0).post
    natural = explorer.network_of_all_tokens(0).post(3).numpy()
    order = list(explorer.order.tokens)
    torch.testing.assert_close(torch.from_numpy(activation), torch.from_numpy(natural[order][:, order]).double())
    assert report(explorer, 0, 0).accuracy.all <= 1


def test_a_compiled_module_is_read_as_the_original() -> None:
    module = OneHotMlp(7, 12)
    options: dict[str, Any] = {"p": 7, "neurons": "net.1", "inputs": one_hot_pairs(7, torch.float32)}
    compiled = torch.compile(module)
    assert isinstance(compiled, nn.Module)
    own = Explorer.from_module(compiled, checkpoints={3: deepcopy(compiled.state_dict())}, **options)
    expected = Explorer.from_module(module, epoch=3, **options)
    assert (own.neuron_activation(3, 2, 3).post == expected.neuron_activation(3, 2, 3).post).all()


def test_dropout_is_off() -> None:
    module = nn.Sequential(nn.Embedding(8, 12), nn.Flatten(), nn.Linear(36, 12), nn.ReLU(), nn.Dropout(0.5))
    module.append(nn.Linear(12, 7))
    explorer = Explorer.from_module(module.train(), p=7)
    assert explorer.summary(0) is not None
    network = explorer.network(0)
    first = network.logits(slice(0, 3), network.post_rows(slice(0, 3)) + 1)
    assert torch.equal(first, network.logits(slice(0, 3), network.post_rows(slice(0, 3)) + 1))
    assert module.training


def test_a_wrong_module_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"OneHotMlp has no module net.7; it has .*net.1 \[5, 12\]"):
        Explorer.from_module(OneHotMlp(7, 12), p=7, neurons="net.7", inputs=one_hot_pairs(7, torch.float32))
