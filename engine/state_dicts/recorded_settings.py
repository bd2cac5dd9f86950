"""Settings of the model and the task, as trainers record them: under many names, nested, in many spellings.

`read_settings` looks up the synonyms of each setting at the top level first, then level by level inside. A setting
that changes the forward pass and is not supported is rejected by name; one that may change it and is not known is
listed in `unknown`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.errors import UnsupportedModel
from engine.networks.config import ACT_FNS, OPERATIONS, ActFn, Operation
from engine.state_dicts.operation_names import parse_operation

T = TypeVar("T")

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "p": ("p", "P", "prime", "mod", "modulus", "modulo", "mod_p", "p_mod", "prime_p", "C"),
    "operation": (
        *(
            "operation",
            "op",
            "operator",
            "binary_op",
            "binary_operation",
            "op_name",
            "operation_name",
            "operation_type",
            "op_type",
            "mod_op",
            "math_op",
            "arith_op",
            "target_op",
        ),
        *("fn_name", "fn", "func", "funcs", "function", "task_function", "target_fn", "label_fn", "task"),
        *("task_name", "task_type"),
    ),
    "act_fn": (
        *("act_fn", "act_type", "activation", "act", "act_name", "activation_fn", "activation_function"),
        *("activation_type", "act_func", "hidden_act", "hidden_activation", "nonlinearity", "non_linearity"),
        *("nonlin", "mlp_act", "mlp_act_fn", "mlp_activation", "ffn_act", "ffn_activation", "act_layer"),
    ),
    "n_heads": (
        *("n_heads", "num_heads", "n_head", "heads", "nhead", "nheads", "num_attention_heads"),
        *("n_attention_heads", "n_attn_heads", "attention_heads", "attn_heads", "num_head", "numheads"),
    ),
    "d_head": ("d_head", "head_dim", "dim_head", "d_heads", "head_size", "d_k", "dk"),
    "attn_coeff": (
        *("attn_coeff", "attention_rate", "attn_rate", "attention_coeff", "attention_coefficient", "attn_coef"),
        *("attention_coef", "attn_coefficient"),
    ),
    "attn_scale": ("attn_scale",),
    "prompt": ("prompt",),
    "frac_train": (
        *("frac_train", "train_frac", "train_fraction", "training_fraction", "fraction_train", "train_ratio"),
        *("train_split", "split_ratio", "train_pct", "train_percent", "frac"),
    ),
}
# Names under which texts other than an operation are common: "task": "grokking".
_LOOSE_OPERATION_NAMES = frozenset(("task", "task_name", "task_type", "function", "func", "fn", "funcs"))
_ACT_FN_OF: Mapping[str, ActFn] = {
    **{act_fn: act_fn for act_fn in ACT_FNS},
    **dict.fromkeys(
        (
            *("gelu_tanh", "gelu_pytorch_tanh", "gelu_approximate", "gelu_approx", "gelu_fast", "tanh_gelu"),
            *("approx_gelu", "new_gelu"),
        ),
        "gelu_new",
    ),
    "gelu_exact": "gelu",
    **dict.fromkeys(("swish",), "silu"),
    **dict.fromkeys(("quad", "square", "squared", "x^2", "x2"), "quadratic"),
}
# Settings that change the forward pass, and their supported values.
_OFF: tuple[object, ...] = (None, False, 0, "", "none", "None", "no", "off", "false", "False", "identity")
_ON: tuple[object, ...] = (None, True, 1, "true", "True", "yes", "on")
_SUPPORTED: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(
        ("n_layers", "num_layers", "n_layer", "num_hidden_layers", "depth", "n_blocks", "num_blocks", "layers"), (1,)
    ),
    **dict.fromkeys(
        (
            *("use_ln", "layer_norm", "layernorm", "use_layernorm", "use_layer_norm", "use_norm", "normalization_type"),
            *("norm", "norm_type", "normalization", "pre_norm", "post_norm", "prenorm", "final_rms", "rmsnorm", "ln"),
            *("rms_norm", "use_rmsnorm", "use_rms_norm", "with_ln", "has_ln", "layer_normalization"),
            *("attn_only", "gated_mlp", "glu", "use_glu", "parallel_attn_mlp", "logit_softcap", "rotary", "use_rope"),
            *("use_rotary", "rope", "alibi", "use_alibi", "use_local_attn", "qk_norm", "use_qk_norm", "softcap"),
            *("soft_cap", "logit_soft_cap", "scale_embeddings", "scale_embedding", "linear_attention"),
        ),
        _OFF,
    ),
    **dict.fromkeys(("output_logits_soft_cap", "attn_scores_soft_cap"), (*_OFF, -1, -1.0)),
    **dict.fromkeys(
        (
            *("embed_scale", "logit_scale", "output_scale", "logits_scale", "output_multiplier", "temperature"),
            *("softmax_temperature", "softmax_temp", "attn_temperature", "attn_temp", "attention_temperature"),
        ),
        (*_OFF, 1),
    ),
    **dict.fromkeys(
        (
            *("positional_embedding_type", "position_embedding_type", "pos_embedding_type", "pos_embed_type"),
            *("pos_emb_type", "pos_type", "positional_encoding", "pos_encoding", "positional_encoding_type"),
            *("positional_embedding", "position_encoding", "pos_enc"),
        ),
        (*_OFF, *_ON, "standard", "learned", "learnable", "absolute", "embedding", "trainable"),
    ),
    **dict.fromkeys(
        (
            *("use_attn_scale", "scale_attn", "scale_attn_weights", "scale_attention", "scaled_attention"),
            *("use_softmax", "residual", "use_residual", "residuals", "skip_connections", "use_skip"),
        ),
        _ON,
    ),
}
# Values of settings that are supported otherwise: attn_scale may be a number.
_READ_ELSEWHERE = ("mean", "avg", "average", "sum", "max", "first", "cls")
_UNSUPPORTED_VALUES: Mapping[str, tuple[object, ...]] = {
    "attn_scale": (False,),
    **dict.fromkeys(("pool", "pooling", "sequence_pool", "readout", "read_at", "output_pool"), _READ_ELSEWHERE),
}
_ALSO_OF_GRADIENTS = frozenset(("norm", "norm_type", "normalization"))
# Words in names of settings that probably change the forward pass.
_SUSPICIOUS = re.compile(
    r"(?:^|_)(?:attn|attention|softmax|temperature|norm|residual|skip|gate|gating|rope|rotary|alibi|softcap|"
    r"logit_scale|embed_scale|pool|pooling|read_at)(?:_|$)"
)
_HARMLESS = re.compile(
    r"(?:weight|grad|param|clip|max|loss|init|drop|dropout|pdrop|log|save|plot|fourier|track|compute|dir|direction|"
    r"implementation|backend|flash|dtype|device|mask|cache|hook|result|heads?|use_split|use_hook|types|"
    r"rotary_base|rotary_dim|rotary_adjacent|ntk|attn_in|attn_scale)|^(?:n|num|d)_"
)
_PROMPT = re.compile(r"(?:(?:x|y|y\+\d{1,9}|op|=|\d{1,9})(?: |$)){2,8}")
_MAX_DEPTH = 4


@dataclass(frozen=True)
class RecordedSettings:
    """What a checkpoint and the files beside it record about the model; None where they record nothing."""

    p: int | None = None
    operation: Operation | None = None
    act_fn: ActFn | None = None
    n_heads: int | None = None
    d_head: int | None = None
    attn_coeff: float | None = None
    attn_scale: float | None = None  # what attention scores are divided by
    prompt: str | None = None
    unknown: tuple[str, ...] = ()  # settings that may change the forward pass, with their values


def read_settings(
    recorded: Mapping[str, object], source: str, read_elsewhere: frozenset[str] = frozenset()
) -> RecordedSettings:
    """Read the settings of a config, nested or not; those of the names `read_elsewhere` are not rejected.

    >>> read_settings({"data": {"p": 113, "op": "sub"}, "model": {"activation": "GELU"}}, "a.pt")
    RecordedSettings(p=113, operation='subtract', act_fn='gelu', n_heads=None, d_head=None, \
attn_coeff=None, attn_scale=None, prompt=None, unknown=())

    Raises:
        UnsupportedModel: a setting has a value that is not supported; the message names both.
    """
    _reject_unsupported(recorded, source, read_elsewhere)
    return RecordedSettings(
        p=_find(recorded, "p", lambda name, value: positive_int(value)),
        operation=_find(recorded, "operation", lambda name, value: _operation(name, value, source)),
        act_fn=_find(recorded, "act_fn", lambda name, value: _act_fn(name, value, source)),
        n_heads=_find(recorded, "n_heads", lambda name, value: positive_int(value)),
        d_head=_find(recorded, "d_head", lambda name, value: positive_int(value)),
        attn_coeff=_find(recorded, "attn_coeff", lambda name, value: number(value)),
        attn_scale=_find(recorded, "attn_scale", lambda name, value: number(value)),
        prompt=_find(recorded, "prompt", lambda name, value: _prompt(value)),
        unknown=tuple(_unknown_settings(recorded, read_elsewhere)),
    )


def recorded_task(recorded: Mapping[str, object], source: str) -> dict[str, Any]:
    """Those of p, the operation and the prompt that are recorded, whatever the architecture.

    Raises:
        UnsupportedModel: the operation is unknown.
    """
    task = {
        "p": _find(recorded, "p", lambda name, value: positive_int(value)),
        "operation": _find(recorded, "operation", lambda name, value: _operation(name, value, source)),
        "prompt": _find(recorded, "prompt", lambda name, value: _prompt(value)),
    }
    return {name: value for name, value in task.items() if value is not None}


def recorded_train_fraction(recorded: Mapping[str, object]) -> float | None:
    """The fraction of the pairs in the train set, between 0 and 1; None if it is not recorded."""
    return _find(recorded, "frac_train", lambda name, value: _fraction(value))


def _find(recorded: Mapping[str, object], setting: str, parse: Callable[[str, object], T | None]) -> T | None:
    return find_setting(recorded, SYNONYMS[setting], parse)


def find_setting(
    recorded: Mapping[str, object], synonyms: Sequence[str], parse: Callable[[str, object], T | None]
) -> T | None:
    """The first value that parses: the outermost one, and at each level in the order of the synonyms."""
    for level in _levels(recorded):
        for name in synonyms:
            if name in level and (value := parse(name, level[name])) is not None:
                return value
    return None


def _levels(recorded: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The mapping, then the mappings in it, level by level."""
    level: list[Mapping[str, object]] = [recorded]
    for _ in range(_MAX_DEPTH):
        yield from level
        level = [value for outer in level for value in outer.values() if isinstance(value, Mapping)]


def positive_int(value: object) -> int | None:
    """A whole number from 1 on; None for anything else."""
    return value if type(value) is int and value > 0 else None


def number(value: object) -> float | None:
    """A finite number; None for anything else."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _prompt(value: object) -> str | None:
    """A prompt of this program's form; other texts under that name mean something else."""
    return value if isinstance(value, str) and _PROMPT.fullmatch(value) else None


def _fraction(value: object) -> float | None:
    fraction = number(value)
    if fraction is None:
        return None
    if 10 <= fraction < 100:  # percent
        fraction /= 100
    return fraction if 0 < fraction < 1 else None


def _operation(name: str, value: object, source: str) -> Operation | None:
    if not isinstance(value, str):
        return None
    if value in OPERATIONS:
        return value
    operation = parse_operation(value)
    if operation is None and name not in _LOOSE_OPERATION_NAMES:
        raise UnsupportedModel(
            f"{source} records {name} = {value!r}; supported operations: {', '.join(OPERATIONS)}; if it is one of "
            "these under another name, pass --operation, for example --operation add."
        )
    return operation


def _act_fn(name: str, value: object, source: str) -> ActFn | None:
    if not isinstance(value, str) or value.startswith("a "):  # "a type": an object that is not text
        return None
    bare = re.sub(r"\(.*\)$", "", value.strip().lower().rpartition(".")[2] if "(" not in value else value.lower())
    bare = bare.rpartition(".")[2]
    if bare == "gelu" and "tanh" in value:
        bare = "gelu_new"
    if bare in _ACT_FN_OF:
        return _ACT_FN_OF[bare]
    raise UnsupportedModel(
        f"{source} records {name} = {value!r}; supported activations: {', '.join(ACT_FNS)}; if it is one of these "
        "under another name, pass --act-fn, for example --act-fn gelu."
    )


def _reject_unsupported(recorded: Mapping[str, object], source: str, read_elsewhere: frozenset[str]) -> None:
    for level in _levels(recorded):
        for name, value in level.items():
            if name in _ALSO_OF_GRADIENTS and type(value) in (int, float):  # "norm_type": 2
                continue
            if isinstance(value, Mapping | list) or name in read_elsewhere:
                continue
            unsupported = name in _SUPPORTED and value not in _SUPPORTED[name]
            if unsupported or any(value is bad or value == bad != 0 for bad in _UNSUPPORTED_VALUES.get(name, ())):
                raise UnsupportedModel(
                    f"{source} records {name} = {value!r}, which changes the network; supported: one layer without "
                    "LayerNorm or gate, learned positions or none, scaled attention, read at the last position."
                )


def _unknown_settings(recorded: Mapping[str, object], read_elsewhere: frozenset[str]) -> Iterator[str]:
    """Settings that probably change the forward pass and that nothing here reads."""
    known = {name for names in SYNONYMS.values() for name in names} | set(_SUPPORTED) | read_elsewhere
    for level in _levels(recorded):
        for name, value in level.items():
            if name in known or isinstance(value, Mapping) or value in _OFF or value in (1, True):
                continue
            if _SUSPICIOUS.search(name.lower()) and not _HARMLESS.search(name.lower()):
                yield f"{name} = {value!r}"
