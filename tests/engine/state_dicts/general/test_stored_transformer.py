"""Tensors of transformers as torch, GPT-2 and Llama name and store them, against their canonical names and axes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.state_dicts.general.stored_transformer import StoredTransformer, stored_transformer
from engine.state_dicts.names import select_parameters
from tests.engine.networks.plain_transformers import GPT2, Llama, TorchEncoder

P = 7


def stored(state: dict[str, Tensor]) -> StoredTransformer:
    found = stored_transformer(select_parameters(state, "test"), "test")
    assert found is not None
    return found


def check(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor.detach()), name


@pytest.mark.parametrize("bias", [True, False])
def test_an_encoder_of_torch(bias) -> None:
    torch.manual_seed(0)
    module = TorchEncoder(P + 1, 3, 2, False, "relu", bias)
    found = stored(module.state_dict())
    assert found.norms == ("ln1", "ln2")
    assert (found.sizes.n_layers, found.sizes.n_heads, found.sizes.heads_width) == (2, None, 8)
    check(found.named(2, False), module.named())


def test_a_gpt_2_with_linear_layers() -> None:
    torch.manual_seed(0)
    module = GPT2(P + 1, 3, 2)
    found = stored(module.state_dict())
    assert found.norms == ("ln1", "ln2", "ln_final")
    assert found.sizes.d_vocab_out == P + 1
    check(found.named(2, False), module.named())


def test_a_gpt_2_of_hugging_face_stores_its_matrices_the_other_way_round() -> None:
    torch.manual_seed(0)
    module = GPT2(P + 1, 3, 2)
    state = {
        f"transformer.{name}": tensor.T.contiguous() if ".c_" in name and tensor.ndim == 2 else tensor
        for name, tensor in module.state_dict().items()
    }
    check(stored(state).named(2, False), module.named())


def test_a_llama_with_grouped_heads() -> None:
    torch.manual_seed(0)
    module = Llama(P + 1, 2)
    found = stored({f"model.{name}": tensor for name, tensor in module.state_dict().items()})
    assert found.gated
    assert found.sizes.key_value_heads(4) == 2
    check(found.named(4, False), module.named())


META = {
    "embed_tokens": "tok_embeddings",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm",
    **{f"self_attn.{part}_proj": f"attention.w{part}" for part in "qkvo"},
    **{"mlp.gate_proj": "feed_forward.w1", "mlp.down_proj": "feed_forward.w2", "mlp.up_proj": "feed_forward.w3"},
    "lm_head": "output",
}


def test_a_llama_under_the_names_of_its_authors() -> None:
    torch.manual_seed(0)
    module = Llama(P + 1, 2)
    state = {"rope.freqs": torch.zeros(4)}
    for name, tensor in module.state_dict().items():
        renamed = name
        for old, new in META.items():
            renamed = renamed.replace(old, new)
        state[renamed] = tensor
    found = stored(state)
    assert found.has_rotary_buffers
    check(found.named(4, False), module.named())


def test_names_of_transformerlens() -> None:
    torch.manual_seed(0)
    module = GPT2(P + 1, 3, 2)
    check(stored(module.named()).named(2, False), module.named())


def test_fused_heads_that_alternate() -> None:
    torch.manual_seed(0)
    module = GPT2(P + 1, 3, 1)
    state = module.state_dict()
    for ending in ("weight", "bias"):
        fused = state.pop(f"h.0.attn.c_attn.{ending}")
        by_head = fused.unflatten(0, (3, 2, 4)).transpose(0, 1).flatten(0, 2)
        state[f"h.0.attn.query_key_value.{ending}"] = by_head
    check(stored(state).named(2, False), module.named())


@pytest.mark.parametrize(
    "change",
    [
        {"h.0.attn.q_norm.weight": torch.ones(4)},
        {"h.2.mlp.c_fc.weight": torch.ones(16, 8)},
        {"h.0.conv.weight": torch.ones(8, 8)},
        {"wte.weight": None},
        {"h.1.ln_1.weight": None},
    ],
)
def test_other_names_are_not_those_of_a_transformer(change) -> None:
    state = {**GPT2(P + 1, 3, 2).state_dict(), **change}
    assert stored_transformer({name: tensor for name, tensor in state.items() if tensor is not None}, "test") is None
