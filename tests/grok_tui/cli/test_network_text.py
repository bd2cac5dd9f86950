"""Networks of every architecture described in words."""

from __future__ import annotations

import pytest

from engine.networks.config import Prompt
from engine.networks.mlp_config import MlpConfig
from engine.networks.transformer_config import TransformerConfig
from grok_tui.cli.network_text import describe_network

PROMPT = Prompt.parse("x y", 7)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (MlpConfig(7, (16,), 7, 7), "an MLP, x and y one-hot, summed, 16 neurons, relu"),
        (
            MlpConfig(7, (16, 8), 7, 7, joined="concatenation", d_embed=4, y_embedding=True, act_fn="quadratic"),
            "an MLP with 2 hidden layers, x and y embedded in d_embed 4, y with an embedding of its own, concatenated, "
            "16 and 8 neurons, quadratic",
        ),
        (
            TransformerConfig(7, 8, 1, 2, 4, 16, PROMPT, 7, 7),
            "a one-layer transformer, d_model 8, 2 heads of 4, d_mlp 16, relu, prompt x y, learned positions, "
            "read at last",
        ),
        (
            TransformerConfig(
                *(7, 8, 2, 4, 2, 16, PROMPT, 7, 7),
                norms=("ln1", "ln2"),
                norm_order="post",
                norm_kind="rms",
                n_key_value_heads=2,
                gated=True,
                position_kind="rotary",
                causal=False,
                read_at="mean",
                attn_coeff=0.5,
                attn_scale=3,
            ),
            "a 2-layer transformer with RMSNorm, norms after attention and the MLP, norm_eps 1e-05, d_model 8, "
            "4 heads of 2, 2 key-value heads, gated d_mlp 16, relu, attn_coeff 0.5, attn_scale 3, prompt x y, "
            "rotary positions, no causal mask, read at mean",
        ),
        (
            TransformerConfig(
                7, 8, 1, 2, 4, 16, PROMPT, 7, 7, norms=("ln_embed", "ln1", "ln_final"), position_kind="none"
            ),
            "a one-layer transformer with LayerNorm, norm of the embedding, norms before attention, final norm, "
            "norm_eps 1e-05, d_model 8, 2 heads of 4, d_mlp 16, relu, prompt x y, no positions, read at last",
        ),
    ],
)
def test_settings_are_said_in_words(config, text) -> None:
    assert describe_network(config) == text
