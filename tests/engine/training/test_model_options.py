"""Options of the network that is trained, and the config that they mean."""

from __future__ import annotations

import pytest

from engine import InvalidConfig, ModelConfig
from engine.networks.mlp_config import MlpConfig
from engine.networks.transformer_config import TransformerConfig
from engine.training.model_options import ModelOptions, recorded_options
from engine.training.run_options import settings_of_new_run
from tests.engine.training.architectures import ARCHITECTURES, settings


def test_the_defaults_are_the_study_s() -> None:
    assert ModelOptions().config() == ModelConfig.standard()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"norm": "none", "n_layers": 1}, ModelConfig),
        ({"prompt": "x y"}, ModelConfig),
        ({"attn_coeff": 0.0}, ModelConfig),
        ({"norm": "pre"}, TransformerConfig),
        ({"n_layers": 2}, TransformerConfig),
        ({"positions": "none"}, TransformerConfig),
        ({"read_at": "mean"}, TransformerConfig),
        ({"arch": "mlp"}, MlpConfig),
    ],
)
def test_one_layer_without_norms_has_the_study_s_config(options, kind) -> None:
    config = ModelOptions(**options).config()
    assert type(config) is kind
    assert config.p == 113


def test_norms_before_each_sublayer_come_with_one_before_the_unembedding() -> None:
    pre, post = (ModelOptions(norm=norm).config() for norm in ("pre", "post"))
    assert isinstance(pre, TransformerConfig)
    assert isinstance(post, TransformerConfig)
    assert (pre.norms, pre.norm_order, pre.norm_kind) == (("ln1", "ln2", "ln_final"), "pre", "layer")
    assert (post.norms, post.norm_order) == (("ln1", "ln2"), "post")


def test_attention_is_causal_only_if_the_last_position_is_read() -> None:
    for read_at in ("last", "first", "mean"):
        config = ModelOptions(norm="pre", read_at=read_at).config()
        assert isinstance(config, TransformerConfig)
        assert config.causal == (read_at == "last")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_recorded_options_are_those_that_were_passed(name) -> None:
    config, _ = settings(name)
    recorded = recorded_options(config)
    passed = {key: value for key, value in ARCHITECTURES[name].items() if key in recorded}
    assert recorded == {**recorded, **passed}
    assert recorded["arch"] == ("mlp" if "mlp" in name else "transformer")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arch": "mlp", "n_heads": 2}, "--n-heads does not apply to --arch mlp; leave it out."),
        ({"arch": "mlp", "norm": "none"}, "--norm does not apply to --arch mlp; leave it out."),
        ({"arch": "mlp", "attn_coeff": 0.5}, "--attn-coeff does not apply to --arch mlp; leave it out."),
        (
            {"arch": "mlp", "d_model": 8},
            "--d-model does not apply to --arch mlp of one-hot inputs; pass --inputs embedded, or leave it out.",
        ),
        ({"joined": "sum"}, "--joined does not apply to --arch transformer; leave it out."),
        ({"inputs": "embedded"}, "--inputs does not apply to --arch transformer; leave it out."),
        ({"norm_kind": "rms"}, "--norm-kind needs norms; pass --norm pre or --norm post as well."),
        ({"norm": "pre", "n_heads": 3}, "d_model must be a multiple of n_heads; found 128 and 3."),
        ({"n_layers": 2, "n_heads": 0}, "d_model must be a multiple of n_heads; found 128 and 0."),
        ({"n_layers": 0}, "n_layers must be from 1 to 64 layers; found 0."),
        ({"n_layers": 65, "arch": "mlp"}, "n_layers must be from 1 to 64 layers; found 65."),
        ({"arch": "rnn"}, "arch must be one of transformer, mlp; found 'rnn'."),
        ({"norm": "both"}, "norm must be one of none, pre, post; found 'both'."),
        ({"biases": "some"}, "biases must be one of none, mlp, all; found 'some'."),
        ({"positions": "rotary", "d_model": 12}, "Rotary positions need an even d_head; found 3."),
        (
            {"prompt": "x 115 y"},
            "The constants of a prompt of at most 64 tokens follow the numbers, from token p = 113 on; "
            "found 'x 115 y'.",
        ),
        (
            {"prompt": "x y+113 ="},
            "The constants of a prompt of at most 64 tokens follow the numbers, from token p = 113 on; "
            "found 'x y+113 ='.",
        ),
    ],
)
def test_an_option_that_does_not_apply_or_is_out_of_range_is_refused_by_name(options, message) -> None:
    with pytest.raises(InvalidConfig) as refused:
        settings_of_new_run(options)
    assert str(refused.value) == message
