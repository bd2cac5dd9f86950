"""What is recognised of networks that were trained on an operation, and its cache."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from engine.errors import UnreadableRun
from engine.networks.config import InvalidConfig
from engine.networks.mlp_config import MlpConfig
from engine.state_dicts.general import general_inference
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.read_state_dict import read_model
from tests.engine.networks.plain_transformers import TorchEncoder
from tests.engine.networks.torch_modules import TwoNumberMlp
from tests.engine.state_dicts.general.trained import P, Tensors, train


class SquaringMlp(nn.Module):
    """One hidden layer that reads the sum of two embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.fc1, self.fc2 = nn.Embedding(P, 16), nn.Linear(16, 32), nn.Linear(32, P)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.fc2(self.fc1(self.embed(x) + self.embed(y)).square())


def read(state: Tensors, **settings) -> ModelReading:
    return read_model(state, "trained.pt", overrides=ModelOverrides(**settings))


@pytest.mark.parametrize(
    ("norm_first", "at", "causal", "operation", "name"),
    [
        (True, "first", False, lambda x, y: x * y, "multiply"),
        (False, "last", True, lambda x, y: x - y, "subtract"),
    ],
)
def test_an_encoder_of_torch(norm_first, at, causal, operation, name) -> None:
    torch.manual_seed(0)
    module = TorchEncoder(P + 1, 3, 1, norm_first, "relu", True)

    def logits(x: Tensor, y: Tensor) -> Tensor:
        return module(torch.stack([x, y, torch.full_like(x, P)], dim=1), causal, at)

    reading = read(train(module, logits, operation), n_heads=2)
    found = reading.config.reported()
    assert (found["operation"], found["prompt"], found["read_at"]) == (name, "x y =", at)
    assert found["norm_order"] == ("pre" if norm_first else "post")
    assert {"prompt", "operation", "norm", "read_at"} <= set(reading.inferred)
    if at == "first":  # the last position sees all others with or without a mask
        assert found["causal"] is False
        assert "causal" in reading.inferred


MLPS: list[tuple[Callable[[], nn.Module], str, str]] = [
    (SquaringMlp, "sum", "quadratic"),
    (lambda: TwoNumberMlp(P, 8, 32), "concatenation", ""),
]


@pytest.mark.parametrize(("make", "joined", "act_fn"), MLPS)
def test_an_mlp(make, joined, act_fn) -> None:
    torch.manual_seed(0)
    module = make()
    reading = read(train(module, module, lambda x, y: x + y))
    config = reading.config
    assert isinstance(config, MlpConfig)
    assert (config.p, config.joined, config.operation) == (P, joined, "add")
    assert "operation" in reading.inferred
    if act_fn:
        assert config.act_fn == act_fn
        assert "act_fn" in reading.inferred
    else:  # of a gelu, relu gives nearly the same logits here: nothing is said to be known
        assert "act_fn" in reading.assumed


# The cache -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def recognised(monkeypatch) -> list[object]:
    """The readings of each recognition that was computed."""
    computed: list[object] = []
    recognise = general_inference.recognise_general

    def record(readings, *arguments):
        computed.append(readings)
        return recognise(readings, *arguments)

    monkeypatch.setattr(general_inference, "recognise_general", record)
    return computed


def random_encoder(seed: int = 0, n_layers: int = 1) -> Tensors:
    torch.manual_seed(seed)
    return {
        name: tensor.detach() for name, tensor in TorchEncoder(8, 3, n_layers, True, "relu", True).state_dict().items()
    }


# All but the positions, to try few readings.
GIVEN = {"n_heads": 2, "norm": "pre", "act_fn": "relu", "operation": "add", "read_at": "last"}


def test_the_same_weights_are_recognised_once(tmp_path, recognised) -> None:
    first = read(random_encoder(), **GIVEN, cache=tmp_path)
    assert read(random_encoder(), **GIVEN, cache=tmp_path) == first
    assert len(recognised) == 1
    assert read(random_encoder(), **GIVEN) == first  # without a cache
    for others in ({"act_fn": "gelu"}, {"operation": "multiply"}, {"norm": "post"}):
        read(random_encoder(), **GIVEN | others, cache=tmp_path)
    read(random_encoder(seed=1), **GIVEN, cache=tmp_path)
    assert len(recognised) == 6


def test_another_layer_on_show_is_no_other_recognition(tmp_path, recognised) -> None:
    for layer in (0, 1):
        assert read(random_encoder(n_layers=2), **GIVEN, layer=layer, cache=tmp_path).config.layer == layer
    assert len(recognised) == 1


def test_the_answers_of_a_table_are_kept(tmp_path, recognised) -> None:
    table = tuple((3 * x + y) % 7 for x in range(7) for y in range(7))
    settings = {**GIVEN, "p": 7, "operation": "table", "table": table, "cache": tmp_path}
    first, again = read(random_encoder(), **settings), read(random_encoder(), **settings)
    assert first.config.table == again.config.table == table
    read(random_encoder(), **{**settings, "table": table[::-1]})
    assert len(recognised) == 2


@pytest.mark.parametrize("content", ["", "[]", '{"reading": 5000}', '{"reading": 0, "act_fn": "sine"}'])
def test_a_damaged_file_is_no_error(content, tmp_path, recognised) -> None:
    first = read(random_encoder(), **GIVEN, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(content)
    assert read(random_encoder(), **GIVEN, cache=tmp_path) == first
    assert read(random_encoder(), **GIVEN, cache=tmp_path) == first
    assert len(recognised) == 2


# MLPs of few tokens --------------------------------------------------------------------------------------------------


def linear_layers(*sizes: int) -> Tensors:
    torch.manual_seed(0)
    return {f"layers.{i}.weight": torch.randn(sizes[i + 1], sizes[i]) for i in range(len(sizes) - 1)}


def test_a_sum_is_read_where_a_concatenation_would_have_two_tokens() -> None:
    config = read(linear_layers(4, 4, 4, 4)).config
    assert isinstance(config, MlpConfig)
    assert (config.p, config.joined, config.hidden) == (4, "sum", (4, 4))


def test_too_few_tokens_are_named_with_their_sizes() -> None:
    sizes = "inputs of 2 tokens and 2 logits, read as a sum of x and y"
    with pytest.raises(UnreadableRun, match=f"{sizes}, are those of p = 2; p must be at least 3"):
        read(linear_layers(2, 5, 2))
    with pytest.raises(InvalidConfig, match="p must be"):
        read(linear_layers(4, 5, 4), p=2)
