"""Settings as trainers record them."""

from __future__ import annotations

import pytest

from engine.errors import UnsupportedModel
from engine.state_dicts.operation_names import parse_operation
from engine.state_dicts.recorded_settings import read_settings, recorded_train_fraction


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        *(
            ("+", "add"),
            ("addition", "add"),
            ("modular_addition", "add"),
            ("x+y", "add"),
            ("mod_add", "add"),
            ("x+y_mod_97", "add"),
        ),
        *(
            ("lambda x: (x[0]+x[1])%59", "add"),
            ("(a + b) % 113", "add"),
            ("a+b mod p", "add"),
            ("modadd", "add"),
            ("mod_add", "add"),
        ),
        *(("-", "subtract"), ("sub", "subtract"), ("subtraction", "subtract"), ("x - y (mod 97)", "subtract")),
        *(("*", "multiply"), ("mul", "multiply"), ("x*y", "multiply"), ("modular multiplication", "multiply")),
        *(("/", "divide"), ("div", "divide"), ("x/y", "divide")),
        *(("x^2+y^2", "x^2+y^2"), ("x**2 + y**2", "x^2+y^2"), ("x^2 + xy + y^2", "x^2+xy+y^2")),
        *(("x2xyy2", "x^2+xy+y^2"), ("x^3 + xy", "x^3+xy")),
        *(("modular_subtraction", "subtract"), ("add_squares", "x^2+y^2"), ("sum of cubes", None)),
        *(("s5", None), ("grokking", None), ("", None)),
    ],
)
def test_texts_that_name_an_operation(text, operation) -> None:
    assert parse_operation(text) == operation


@pytest.mark.parametrize(
    ("recorded", "name", "value"),
    [
        ({"op": "mul"}, "operation", "multiply"),
        ({"task": "subtraction"}, "operation", "subtract"),
        ({"data": {"operation": "subtract"}}, "operation", "subtract"),
        ({"func": None, "funcs": "lambda x: (x[0]+x[1])%59"}, "operation", "add"),
        ({"task": "grokking"}, "operation", None),
        ({"activation": "ReLU"}, "act_fn", "relu"),
        ({"model_config": {"act_fn": "gelu"}}, "act_fn", "gelu"),
        ({"model": {"activation": "nn.GELU()"}}, "act_fn", "gelu"),
        ({"hidden_act": "gelu_pytorch_tanh"}, "act_fn", "gelu_new"),
        ({"act": "GELU(approximate='tanh')"}, "act_fn", "gelu_new"),
        ({"modulus": 97}, "p", 97),
        ({"C": 59}, "p", 59),
        ({"nhead": 4}, "n_heads", 4),
        ({"attn_coeff": 0}, "attn_coeff", 0.0),
        ({"attention_rate": 0.5}, "attn_coeff", 0.5),
        ({"prompt": "x 7 y 8"}, "prompt", "x 7 y 8"),
        ({"ffn_act": "approx_gelu"}, "act_fn", "gelu_new"),
        ({"d_head": 8}, "d_head", 8),
        ({"prompt": "What is x plus y?"}, "prompt", None),
    ],
)
def test_synonyms(recorded, name, value) -> None:
    assert getattr(read_settings(recorded, "a.pt"), name) == value


def test_the_outermost_value_wins() -> None:
    assert read_settings({"data": {"p": 7}, "p": 11}, "a.pt").p == 11


@pytest.mark.parametrize(("value", "fraction"), [(0.4, 0.4), (40, 0.4), (1.5, None), ("0.4", None), (True, None)])
def test_the_train_fraction(value, fraction) -> None:
    assert recorded_train_fraction({"train_frac": value}) == fraction


@pytest.mark.parametrize(
    "recorded",
    [
        {"op": "max"},
        {"activation": "mish"},
        {"n_layers": 2},
        {"model": {"use_ln": True}},
        {"norm": "rms"},
        {"normalization_type": "LNPre"},
        {"rope": True},
        {"pos_encoding": "sinusoidal"},
        {"softmax_temperature": 0.5},
        {"scale_attn": False},
        {"attn_scale": False},
        {"use_residual": False},
        {"pooling": "mean"},
    ],
)
def test_a_setting_that_changes_the_network_is_refused_by_name(recorded) -> None:
    with pytest.raises(UnsupportedModel, match=r"a.pt records \w+ = "):
        read_settings(recorded, "a.pt")


@pytest.mark.parametrize(
    "recorded", [{"norm_type": 2}, {"use_ln": False}, {"normalization_type": None}, {"n_layers": 1}, {"lr": 0.1}]
)
def test_harmless_settings_are_accepted(recorded) -> None:
    assert read_settings(recorded, "a.pt").unknown == ()


def test_a_setting_that_may_change_the_network_is_listed() -> None:
    recorded = {"attn_sharpness": 2.0, "weight_norm_every": 5, "attn_dropout": 0.1, "softmax_base": 1}
    assert read_settings(recorded, "a.pt").unknown == ("attn_sharpness = 2.0",)
