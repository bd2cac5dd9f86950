"""Tensor names in a state dict: strip prefixes, drop buffers, reject networks that are not supported."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.state_dicts.roles import role_of

SUPPORTED_NETWORKS = "transformers of any depth, with or without norms and gates, and MLPs"

# What wrappers put in front of a name (DataParallel, Lightning, ...), and anywhere in it (FSDP, torch.compile).
_PREFIXES = ("model.", "module.", "net.", "network.", "transformer.", "ema_model.", "backbone.")
_WRAPPERS = frozenset(("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"))
# Buffers and unused tensors, which do not affect the logits of the last position.
_IGNORED = re.compile(
    r"(?:.*\.)?(?:IGNORE|mask|\w*_mask|tril|masked_bias|position_ids|x_embed|y_embed|n_averaged|initted|step)"
)
_ATTENTION_BIAS_BUFFER = re.compile(r"(?:.*\.)?(?:attn|attention)\.bias")  # the causal mask of GPT-2
_NORM = r"(?:\w+_)?(?:ln|layer_?norm|rms_?norm|norm|rms|batch_?norm|bn)_?(?:\d+|f|final|pre|post|attn|mlp|in|out)?"
# Names that the study's family does not have, and the reason given to the user; the first match counts.
_UNSUPPORTED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:.*\.)?(?:blocks|layers|layer|h)\.[1-9]\d{0,3}\..*\..*"), "more than one layer"),
    (re.compile(rf"(?:.*\.)?{_NORM}\.(?:weight|bias|w|b|g|scale|gamma|beta)", re.IGNORECASE), "LayerNorm"),
    (re.compile(r"(?:.*\.)?(?:w_ln|b_ln|ln\d?_[wb]|ln_?[\df])", re.IGNORECASE), "LayerNorm"),
    (re.compile(r"(?:.*\.)?(?:\w+_)?(?:W_gate|w_gate|gate_proj|gate|mlp\.w3)(?:\..*)?"), "a gated MLP"),
    (re.compile(r"(?:.*\.)?(?:rotary\w*|rope|inv_freq|freqs_cis)(?:\..*)?"), "rotary positions"),
    (re.compile(r"(?:.*\.)?(?:alibi\w*|rel_pos\w*|relative_\w+)(?:\..*)?"), "relative positions"),
    (re.compile(r"(?:.*\.)?weight_[ih]h_l\d+"), "recurrent layers"),
    (re.compile(r"(?:.*\.)?conv\w*(?:\..*)?"), "convolutions"),
    (
        re.compile(
            r"(?:.*\.)?(?:\w*qkv\w*|in_proj(?:_weight|_bias)?|c_attn|query_key_value|kv|to_kv)(?:\..*)?", re.IGNORECASE
        ),
        "fused queries, keys and values",
    ),
)
# The reasons that general transformers can have.
_GENERAL = ("more than one layer", "LayerNorm", "a gated MLP", "rotary positions", "fused queries, keys and values")
_MAX_NAME_LENGTH = 300
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class OutsideFamily(UnsupportedModel):
    """The network is not of the study's family, but may be another transformer."""


def select_parameters(state: Mapping[str, object], source: str) -> dict[str, Tensor]:
    """Select the parameters of a network, detached, by their names without the prefixes of wrappers.

    Buffers are dropped: masks, whole numbers, and whatever the logits do not depend on.

    Raises:
        UnreadableRun: a tensor is not dense floating-point data on the CPU, or is larger than its storage.
    """
    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            continue
        if len(name) > _MAX_NAME_LENGTH:  # the patterns take quadratic time
            raise UnreadableRun(
                f"{source}: the tensor name {name[:40]}... has {len(name):,} characters; "
                f"the limit is {_MAX_NAME_LENGTH}."
            )
        bare = without_prefixes(name)
        if not _is_buffer(bare, value):
            if bare in tensors:
                raise UnreadableRun(
                    f"{source} contains {bare} more than once, under several prefixes; "
                    "save the state dict of one network."
                )
            _require_dense(bare, value, source)
            tensors[bare] = value.detach()
    return tensors


def _is_buffer(name: str, tensor: Tensor) -> bool:
    if _IGNORED.fullmatch(name) or (_ATTENTION_BIAS_BUFFER.fullmatch(name) and tensor.ndim != 1):
        return True
    is_number = tensor.is_floating_point() or tensor.is_complex() or tensor.is_quantized
    return not is_number and role_of(name) is None


def reject_unsupported(tensors: Mapping[str, Tensor], source: str) -> None:
    """Raise if a tensor name shows that the network is outside the family.

    Raises:
        UnsupportedModel: the network has LayerNorm, several layers, a gated MLP, or fused queries, keys and values.
    """
    for pattern, reason in _UNSUPPORTED:
        for name in tensors:
            if pattern.fullmatch(name):
                error = OutsideFamily if reason in _GENERAL else UnsupportedModel
                raise error(f"{source} has {reason} ({name}); supported: {SUPPORTED_NETWORKS}.")


def _require_dense(name: str, tensor: Tensor, source: str) -> None:
    """Require a dense tensor on the CPU with a supported dtype and a storage that holds all its elements.

    A damaged or malicious file can declare any shape.
    """
    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
        raise UnreadableRun(
            f"{source}: {name} is a sparse, quantised or meta tensor; expected a dense tensor on the CPU."
        )
    if tensor.dtype not in _DTYPES:
        raise UnreadableRun(f"{source}: {name} has dtype {tensor.dtype}; expected {', '.join(map(str, _DTYPES))}.")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise UnreadableRun(
            f"{source}: {name} has shape {list(tensor.shape)}, but its storage holds fewer numbers; "
            "the file is damaged."
        )


def without_prefixes(name: str) -> str:
    """Strip what wrappers add: `model.`, `module.` (DataParallel), `_orig_mod.` (torch.compile), FSDP's, EMA's.

    >>> without_prefixes("_orig_mod.module.embed.W_E"), without_prefixes("blocks.0._fsdp_wrapped_module.attn.W_Q")
    ('embed.W_E', 'blocks.0.attn.W_Q')
    """
    name = ".".join(part for part in name.split(".") if part not in _WRAPPERS)
    while name.startswith(_PREFIXES):
        name = name.partition(".")[2]
    return name


def list_tensors(tensors: Mapping[str, Tensor], limit: int = 6) -> str:
    """Names and shapes for an error message.

    >>> list_tensors({"a": torch.zeros(2, 3)})
    'a [2, 3]'
    """
    shown = [f"{name[:60]} {list(tensors[name].shape)}" for name in sorted(tensors)[:limit]]
    return ", ".join(shown) + (f" and {len(tensors) - limit} more" if len(tensors) > limit else "")
