"""The same weights stored in every order of axes are read as the same network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from einops import rearrange
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.config import ModelConfig
from engine.networks.weights import Weights
from engine.state_dicts.orientation import Layout, d_model_of, matrix_order, orient, width_of_heads
from tests.engine.state_dicts.foreign import state_2022

NO_BIASES = ("W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_in", "W_out", "W_U")
LINEAR = frozenset(("W_Q", "W_K", "W_V", "W_O", "W_in", "W_out", "W_U"))


def bare(weights: Weights) -> dict[str, Tensor]:
    return {name: getattr(weights, name) for name in NO_BIASES}


def one_matrix_for_all_heads(weights: Weights) -> dict[str, Tensor]:
    """`x @ W_Q` with W_Q [d_model, heads * d_head]."""
    joined = {name: rearrange(getattr(weights, name), "h d e -> d (h e)") for name in ("W_Q", "W_K", "W_V")}
    return bare(weights) | joined | {"W_O": rearrange(weights.W_O, "h e d -> (h e) d")}


def linear_layers(weights: Weights) -> dict[str, Tensor]:
    """`nn.Linear` stores [out, in]."""
    stored = one_matrix_for_all_heads(weights)
    return {name: tensor.mT if name in LINEAR else tensor for name, tensor in stored.items()}


def heads_second(weights: Weights) -> dict[str, Tensor]:
    """Flax stores [d_model, head, d_head]."""
    return bare(weights) | {n: rearrange(getattr(weights, n), "h d e -> d h e") for n in ("W_Q", "W_K", "W_V")}


def output_heads_second(weights: Weights) -> dict[str, Tensor]:
    """W_O as [d_model, head, d_head], for `einsum("d h e, h e -> d")`."""
    return heads_second(weights) | {"W_O": rearrange(weights.W_O, "h e d -> d h e")}


def layout_2022(weights: Weights) -> dict[str, Tensor]:
    names = {name.rpartition(".")[2]: tensor for name, tensor in state_2022(weights).items()}
    return {name: names[name] for name in NO_BIASES}


STORED: dict[str, tuple[Callable[[Weights], dict[str, Tensor]], Layout]] = {
    "TransformerLens": (bare, Layout(frozenset())),
    "2022": (layout_2022, Layout(frozenset())),
    "one matrix": (one_matrix_for_all_heads, Layout(frozenset())),
    "nn.Linear": (linear_layers, Layout(LINEAR)),
    "out-in without modules": (linear_layers, Layout(frozenset(), transposed=True)),
    "heads second": (heads_second, Layout(frozenset())),
    "heads second in W_O": (output_heads_second, Layout(frozenset())),
}


@pytest.mark.parametrize("sizes", [{"d_mlp": 12}, {"d_mlp": 8}])  # also where every matrix is square
@pytest.mark.parametrize("stored", STORED)
def test_every_order_of_axes(stored, sizes, random_weights) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, **sizes)
    weights = random_weights(config)
    store, layout = STORED[stored]
    if stored == "heads second" and sizes["d_mlp"] == 8:
        pytest.skip("nothing distinguishes it")
    tensors = store(weights)
    assert d_model_of(tensors, "a.pt") == 8
    oriented = orient(tensors, 8, 2, layout, "a.pt")
    for name in NO_BIASES:
        assert torch.equal(oriented[name], getattr(weights, name)), name


def test_the_number_of_heads_is_an_axis_or_open(tiny_config, random_weights) -> None:
    weights, layout = random_weights(tiny_config), Layout(frozenset())
    assert width_of_heads(bare(weights), 8, layout, "a.pt") == (2, 8)
    assert width_of_heads(one_matrix_for_all_heads(weights), 8, layout, "a.pt") == (None, 8)


def test_a_matrix_that_is_not_square_shows_the_order_of_the_others(tiny_config, random_weights) -> None:
    weights = random_weights(tiny_config)
    assert matrix_order(one_matrix_for_all_heads(weights), 8, Layout(frozenset())) is False
    assert matrix_order(linear_layers(weights), 8, Layout(frozenset())) is True
    square = {name: torch.ones(8, 8) for name in NO_BIASES}
    assert matrix_order(square, 8, Layout(frozenset())) is None


def test_a_missing_unembedding_is_the_transposed_embedding(tiny_config, random_weights) -> None:
    tensors = bare(random_weights(tiny_config))
    del tensors["W_U"]
    assert torch.equal(orient(tensors, 8, 2, Layout(frozenset()), "a.pt")["W_U"], tensors["W_E"].mT)


def test_a_positional_embedding_may_have_a_batch_axis(tiny_config, random_weights) -> None:
    tensors = bare(random_weights(tiny_config))
    tensors["W_pos"] = tensors["W_pos"][None]
    assert orient(tensors, 8, 2, Layout(frozenset()), "a.pt")["W_pos"].shape == (3, 8)


def test_shapes_that_fit_nowhere_are_named(tiny_config, random_weights) -> None:
    tensors = bare(random_weights(tiny_config))
    with pytest.raises(UnreadableRun, match=r"W_in has shape \[9, 12\]; expected an axis of d_model = 8"):
        orient(tensors | {"W_in": torch.ones(9, 12)}, 8, 2, Layout(frozenset()), "a.pt")
    with pytest.raises(UnreadableRun, match="share no size"):
        d_model_of({"W_E": torch.ones(2, 3), "W_in": torch.ones(4, 5)}, "a.pt")


@pytest.mark.parametrize(
    ("role", "shape", "expected"),
    [
        ("b_in", (8,), r"\[12\]"),
        ("b_U", (3,), r"\[8\]"),
        ("W_out", (13, 8), r"\[12, 8\]"),
        ("W_K", (2, 8, 5), r"\[2, 8, 4\]"),
    ],
)
def test_shapes_that_contradict_each_other_are_named(tiny_config, random_weights, role, shape, expected) -> None:
    tensors = bare(random_weights(tiny_config)) | {role: torch.ones(shape)}
    with pytest.raises(UnreadableRun, match=rf"{role} has shape .*; expected {expected}"):
        orient(tensors, 8, 2, Layout(frozenset()), "a.pt")
