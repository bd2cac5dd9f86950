"""Foreign tensors become our weights; a model outside the family is refused in a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import AmbiguousTask, UnreadableRun, UnsupportedModel
from engine.networks.config import InvalidConfig, ModelConfig, Prompt
from engine.networks.weights import BIASES
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.names import without_prefixes
from engine.state_dicts.read_state_dict import read_model
from engine.state_dicts.read_weights import read_weights
from tests.engine.state_dicts.foreign import state_2022, transformerlens_state

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def read_config(state, source, *, recorded=None, **explicit) -> ModelConfig:
    """The config of a state dict; `explicit` settings override recorded ones."""
    return read_model(state, source, recorded=recorded, overrides=ModelOverrides(**explicit)).config


def same(ours, theirs) -> bool:
    return all(torch.equal(mine, getattr(theirs, name)) for name, mine in ours.items())


@pytest.mark.parametrize("dtype", FLOATS)
def test_transformerlens_names_are_read_as_they_are(tiny_config, random_weights, dtype):
    weights = random_weights(tiny_config, dtype=dtype)
    state = transformerlens_state(weights) | {"x_embed": torch.ones(2), "y_embed": torch.ones(2)}
    assert read_config(state, "file") == tiny_config
    read = read_weights(state, tiny_config, "file")
    assert same(read, weights)
    assert read.W_Q.dtype == dtype


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_2022_layout_is_transposed(tiny_config, random_weights, dtype):
    weights = random_weights(tiny_config, dtype=dtype)
    absent = {name: torch.zeros_like(getattr(weights, name)) for name in BIASES if name not in ("b_in", "b_out")}
    state = state_2022(weights)
    assert read_config(state, "file") == tiny_config
    assert same(read_weights(state, tiny_config, "file"), replace(weights, **absent))


def test_our_own_names_are_read(tiny_config, random_weights):
    weights = random_weights(tiny_config)
    state = dict(weights.items())
    assert read_config(state, "file") == tiny_config
    assert same(read_weights(state, tiny_config, "file"), weights)


@pytest.mark.parametrize("prefix", ["model.", "module.", "_orig_mod.", "_orig_mod.module.model."])
def test_prefixes_are_stripped(tiny_config, random_weights, prefix):
    state = {prefix + name: tensor for name, tensor in transformerlens_state(random_weights(tiny_config)).items()}
    assert read_config(state, "file") == tiny_config
    assert without_prefixes(f"{prefix}embed.W_E") == "embed.W_E"


def test_a_parameter_loses_its_gradient(tiny_config, random_weights):
    state = {name: torch.nn.Parameter(tensor) for name, tensor in dict(random_weights(tiny_config).items()).items()}
    assert not read_weights(state, tiny_config, "file").W_E.requires_grad


def config_with(tiny_config: ModelConfig, p: int, prompt: str, d_vocab: int, d_vocab_out: int) -> ModelConfig:
    return replace(tiny_config, p=p, prompt=Prompt.parse(prompt, p), d_vocab=d_vocab, d_vocab_out=d_vocab_out)


@pytest.mark.parametrize(
    ("task", "d_vocab", "d_vocab_out"),
    [
        ((7, "x y ="), 8, 8),
        ((7, "x y ="), 8, 7),
        ((10, "x y ="), 11, 11),
        ((7, "x y"), 7, 7),
        ((7, "x y"), 8, 7),
        ((7, "x op y ="), 9, 9),
        ((7, "x op y ="), 9, 7),
    ],
)
def test_p_and_the_prompt_follow_from_the_shapes(tiny_config, random_weights, task, d_vocab, d_vocab_out):
    config = config_with(tiny_config, *task, d_vocab, d_vocab_out)
    assert read_config(transformerlens_state(random_weights(config)), "file") == config


def test_a_prompt_can_be_explicit(tiny_config, random_weights):
    config = config_with(tiny_config, 7, "x 8 y 7", 9, 7)
    state = transformerlens_state(random_weights(config))
    assert read_config(state, "file", prompt="x 8 y 7") == config
    assert read_config(state, "file").prompt == Prompt.parse("x op y =", 7)


def test_unused_tokens_leave_the_constants_open_without_an_explicit_prompt(tiny_config, random_weights):
    config = config_with(tiny_config, 7, "x 9 y 8", 12, 7)
    state = transformerlens_state(random_weights(config))
    with pytest.raises(AmbiguousTask, match=r"pass --p 7 .* or pass --prompt, for example"):
        read_config(state, "file")
    assert read_config(state, "file", prompt="x 9 y 8") == config
    assert read_config(state, "file", p=7).prompt == Prompt.parse("x op y =", 7)


def test_more_logits_than_tokens_leave_p_open(tiny_config, random_weights):
    state = transformerlens_state(random_weights(config_with(tiny_config, 7, "x y =", 8, 20)))
    with pytest.raises(
        AmbiguousTask,
        match=r"p cannot be inferred from 8 tokens \(W_E\) and 20 logits \(W_U\); pass --p, for example --p 113",
    ):
        read_config(state, "file")
    assert read_config(state, "file", p=7).d_vocab_out == 20


def test_a_token_too_many_for_prompts_without_constants_leaves_p_open(tiny_config, random_weights):
    config = config_with(tiny_config, 7, "x y", 8, 8)
    state = transformerlens_state(random_weights(config))
    with pytest.raises(AmbiguousTask, match=r"p is 8, or 7 with an unused token; pass --p 8 or --p 7"):
        read_config(state, "file")
    assert read_config(state, "file", p=7) == config
    assert read_config(state, "file", p=8).p == 8


def test_an_unusual_length_needs_a_prompt(tiny_config, random_weights):
    config = config_with(tiny_config, 7, "x 7 y 8 9", 10, 7)
    state = transformerlens_state(random_weights(config))
    with pytest.raises(AmbiguousTask, match=r"W_pos has 5 rows.*; pass --prompt, for example"):
        read_config(state, "file")
    assert read_config(state, "file", prompt="x 7 y 8 9") == config


@pytest.mark.parametrize(
    "explicit", [{"p": 200}, {"prompt": "x 7 y 7"}, {"prompt": "x y 99"}, {"prompt": "a b"}, {"prompt": ""}]
)
def test_explicit_settings_must_fit(tiny_config, random_weights, explicit):
    with pytest.raises(InvalidConfig):
        read_config(transformerlens_state(random_weights(tiny_config)), "file", **explicit)


@pytest.mark.parametrize(
    ("recorded", "explicit", "act_fn"),
    [
        ({}, None, "relu"),
        ({"act_fn": "gelu_new"}, None, "gelu_new"),
        ({"act_type": "GeLU"}, None, "gelu"),
        ({"act_fn": "gelu"}, "relu", "relu"),
    ],
)
def test_the_activation_is_explicit_recorded_or_relu(tiny_config, random_weights, recorded, explicit, act_fn):
    state = transformerlens_state(random_weights(tiny_config))
    assert read_config(state, "file", recorded=recorded, act_fn=explicit).act_fn == act_fn


@pytest.mark.parametrize(
    ("recorded", "explicit", "operation"),
    [
        ({}, None, "add"),
        ({"operation": "subtract"}, None, "subtract"),
        ({"fn_name": "subtract"}, None, "subtract"),  # the paper's trainer
        ({"operation": "minus"}, "subtract", "subtract"),
    ],
)
def test_the_operation_is_explicit_recorded_or_add(tiny_config, random_weights, recorded, explicit, operation):
    state = transformerlens_state(random_weights(tiny_config))
    assert read_config(state, "file", recorded=recorded, operation=explicit).operation == operation


@pytest.mark.parametrize(
    "recorded",
    [
        {"n_layers": 2},
        {"positional_embedding_type": "rotary"},
        {"act_fn": "mish"},
        {"fn_name": "rand"},
    ],
)
def test_a_recorded_config_outside_the_family_is_refused(tiny_config, random_weights, recorded):
    with pytest.raises(UnsupportedModel, match="file records"):
        read_config(transformerlens_state(random_weights(tiny_config)), "file", recorded=recorded)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ln1", "not those of a supported network"),
        ("rnn.weight_hh_l0", "recurrent layers"),
        ("blocks.1.attn.W_Q", "does not have the same tensors in each layer"),
        ("blocks.0.adapter.W", "unknown tensors"),
    ],
)
def test_a_model_outside_the_family_is_refused(tiny_config, random_weights, name, what):
    state = transformerlens_state(random_weights(tiny_config)) | {name: torch.ones(2)}
    with pytest.raises(UnsupportedModel, match=what) as refused:
        read_config(state, "some.pth")
    assert name in str(refused.value)
    assert "supported: transformers of any depth" in str(refused.value)


def test_rotary_positions_beside_a_positional_embedding_are_refused(tiny_config, random_weights):
    state = transformerlens_state(random_weights(tiny_config)) | {"attn.rotary_emb.inv_freq": torch.ones(2)}
    with pytest.raises(UnsupportedModel, match="has rotary positions, but also a positional embedding"):
        read_config(state, "some.pth")


def test_a_layout_that_nobody_knows_is_refused():
    with pytest.raises(
        UnsupportedModel, match=r"a.pth has no tensor W_E, .*; found W_in; supported: .*; if a tensor has another name"
    ):
        read_config({"fc1.weight": torch.ones(2, 2)}, "a.pth")


@pytest.mark.parametrize("write", [transformerlens_state, state_2022])
@pytest.mark.parametrize("name", ["embed.W_E", "blocks.0.attn.W_Q", "blocks.0.attn.W_O", "blocks.0.mlp.W_out"])
def test_a_missing_or_misshapen_tensor_is_named(tiny_config, random_weights, write, name):
    state = write(random_weights(tiny_config))
    bare = name.rpartition(".")[2]
    without = {key: tensor for key, tensor in state.items() if key != name}
    with pytest.raises(UnreadableRun, match=f"a.pth.* has no tensor {bare}"):
        read_weights(without, tiny_config, "a.pth")
    for wrong in (torch.ones(3, 5), torch.ones(3)):
        if write is state_2022 and name.endswith("W_O") and wrong.ndim == 1:
            continue  # no longer the 2022 layout
        with pytest.raises(UnreadableRun, match=rf"a.pth.*{bare} has shape \[.*\]; expected"):
            read_weights(state | {name: wrong}, tiny_config, "a.pth")


def test_nan_is_named(tiny_config, random_weights):
    state = transformerlens_state(random_weights(tiny_config))
    state["embed.W_E"] = state["embed.W_E"] * float("nan")
    with pytest.raises(UnreadableRun, match=r"a\.pth: W_E contains NaN or infinity"):
        read_weights(state, tiny_config, "a.pth")


def test_a_recorded_p_that_the_network_has_no_tokens_for_is_ignored_with_a_warning(tiny_config, random_weights):
    reading = read_model(transformerlens_state(random_weights(tiny_config)), "a.pt", recorded={"p": 113})
    assert reading.config.p == tiny_config.p
    assert reading.warnings == (
        "a.pt records p = 113, which was ignored: the network has 8 tokens (W_E) and 8 logits (W_U).",
    )
