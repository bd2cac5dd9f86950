"""The names that people give to the tensors of a one-layer transformer."""

from __future__ import annotations

import pytest

from engine.state_dicts.roles import assign_roles, role_of

# Names of the tensors W_E W_pos W_Q W_K W_V W_O W_in W_out W_U, as several code bases write them.
ROLES = ["W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_in", "W_out", "W_U"]
CONVENTIONS = {
    "TransformerLens": "embed.W_E pos_embed.W_pos blocks.0.attn.W_Q blocks.0.attn.W_K blocks.0.attn.W_V "
    "blocks.0.attn.W_O blocks.0.mlp.W_in blocks.0.mlp.W_out unembed.W_U",
    "bare": "embed pos W_Q W_K W_V W_O W_in W_out unembed",
    "linear layers": "embed.weight pos_embed W_Q.weight W_K.weight W_V.weight W_O.weight W_in.weight W_out.weight "
    "unembed.weight",
    "GPT": "wte.weight wpe.weight h.0.attn.wq.weight h.0.attn.wk.weight h.0.attn.wv.weight h.0.attn.c_proj.weight "
    "h.0.mlp.c_fc.weight h.0.mlp.c_proj.weight lm_head.weight",
    "Llama": "embed_tokens.weight pos_emb.weight layers.0.self_attn.q_proj.weight layers.0.self_attn.k_proj.weight "
    "layers.0.self_attn.v_proj.weight layers.0.self_attn.o_proj.weight layers.0.mlp.up_proj.weight "
    "layers.0.mlp.down_proj.weight lm_head.weight",
    "BERT": "embeddings.word_embeddings.weight embeddings.position_embeddings.weight "
    "layer.0.attention.self.query.weight layer.0.attention.self.key.weight layer.0.attention.self.value.weight "
    "layer.0.attention.output.dense.weight layer.0.intermediate.dense.weight layer.0.output.dense.weight head.weight",
    "Sequential": "tok_emb.weight pos_emb.weight blocks.0.attn.q.weight blocks.0.attn.k.weight blocks.0.attn.v.weight "
    "blocks.0.attn.out.weight blocks.0.mlp.0.weight blocks.0.mlp.2.weight head.weight",
    "plain words": "token_embedding.weight positional_embedding attention.query.weight attention.key.weight "
    "attention.value.weight attention.out_proj.weight ffn_in.weight ffn_out.weight output.weight",
    "nested": "embed.tok.weight embed.pos.weight attn.q.weight attn.k.weight attn.v.weight attn.output_proj.weight "
    "mlp.hidden.weight mlp.output.weight mlp_head.weight",
    "fc": "token_embed.weight pos_enc attn.to_q.weight attn.to_k.weight attn.to_v.weight attn.to_out.0.weight "
    "fc1.weight fc2.weight fc_out.weight",
}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_names_of(convention) -> None:
    names = CONVENTIONS[convention].split()
    found = assign_roles(names)
    assert found.names == dict(zip(ROLES, names, strict=True))
    assert not found.unknown
    assert not found.repeated
    assert found.module_weights == {role for role, name in found.names.items() if name.endswith(".weight")}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("blocks.0.attn.b_Q", "b_Q"),
        ("layers.0.self_attn.q_proj.bias", "b_Q"),
        ("h.0.mlp.c_proj.bias", "b_out"),
        ("h.0.attn.c_proj.bias", "b_O"),
        ("lm_head.bias", "b_U"),
        ("b_in", "b_in"),
    ],
)
def test_biases(name, role) -> None:
    assert role_of(name).name == role


@pytest.mark.parametrize("name", ["blocks.0.attn.norm_factor", "PARAM_NORM", "mlp.basis", "wte.bias", "weight", ""])
def test_other_names_have_no_role(name) -> None:
    assert role_of(name) is None
    assert assign_roles([name]).unknown == (name,)


def test_explicit_names_override_the_table() -> None:
    found = assign_roles(["embed", "my.matrix"], {"W_E": "my.matrix"})
    assert found.names == {"W_E": "my.matrix"}
    assert found.unknown == ()


def test_two_names_for_one_role_are_noted() -> None:
    assert assign_roles(["embed.weight", "tok_emb.weight"]).repeated == {"W_E": ("embed.weight", "tok_emb.weight")}
