"""Names in a foreign state dict: prefixes, tensors that are no parameters, signs of a model outside the family."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel

_PREFIXES = ("model.", "module.", "_orig_mod.")
# Buffers and left-overs that the last position's logits do not depend on.
_HARMLESS = re.compile(r"(?:.*\.)?(?:IGNORE|mask|causal_mask|x_embed|y_embed)")

# What marks a model outside the family, in the order in which it is looked for.
_OUTSIDE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:.*\.)?(?:blocks|layers|h)\.[1-9]\d*\..*"), "more than one layer"),
    (re.compile(r"(?:.*[._])?(?:ln|layer_?norm|norm|rms_?norm)\w*(?:\..*)?", re.IGNORECASE), "LayerNorm"),
    (re.compile(r"(?:.*\.)?w_ln|(?:.*\.)?b_ln"), "LayerNorm"),
    (re.compile(r"(?:.*\.)?(?:W_gate|gate_proj)(?:\..*)?"), "a gated MLP"),
    (
        re.compile(r"(?:.*\.)?(?:W_qkv|b_qkv|qkv|qkv_proj|in_proj_weight|in_proj_bias|c_attn)(?:\..*)?"),
        "fused queries, keys and values",
    ),
)
_LONGEST_NAME = 300
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
SUPPORTED_NETWORKS = "one layer without LayerNorm or gate, with separate W_Q, W_K and W_V"


def select_parameters(state: Mapping[str, object], source: str) -> dict[str, Tensor]:
    """The tensors that matter, their names without `model.`, `module.`, `_orig_mod.` in front.

    Raises:
        UnsupportedModel: LayerNorm, several layers, a gated MLP, or fused queries, keys and values.
        UnreadableRun: a tensor that is not plain floating-point numbers in memory.
    """
    for name in state:
        if isinstance(name, str) and len(name) > _LONGEST_NAME:  # patterns would take their time with it
            raise UnreadableRun(
                f"{source}: the tensor name {name[:40]}... has {len(name):,} characters; the limit is {_LONGEST_NAME}."
            )
    kept = {
        bare: value.detach()
        for name, value in state.items()
        if isinstance(name, str)
        and isinstance(value, Tensor)
        and not _HARMLESS.fullmatch(bare := without_prefixes(name))
    }
    for name, tensor in kept.items():
        _require_plain(name, tensor, source)
    for pattern, what in _OUTSIDE:
        for name in kept:
            if pattern.fullmatch(name):
                raise UnsupportedModel(f"{source} has {what} ({name}); supported: {SUPPORTED_NETWORKS}.")
    return kept


def _require_plain(name: str, tensor: Tensor, source: str) -> None:
    """Dense, on the CPU, of a common dtype, and as large as it says: a file can claim any shape."""
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
    """
    >>> without_prefixes("_orig_mod.module.embed.W_E")
    'embed.W_E'
    """
    while name.startswith(_PREFIXES):
        name = name.partition(".")[2]
    return name


def reject_unknown_tensors(unknown: list[str], source: str) -> None:
    """A tensor that nobody knows may change what the model computes: refuse rather than leave it out.

    Raises:
        UnsupportedModel: there is one.
    """
    if unknown:
        shown = ", ".join(sorted(unknown)[:4]) + (", ..." if len(unknown) > 4 else "")
        raise UnsupportedModel(f"{source} has unknown tensors: {shown}; supported: {SUPPORTED_NETWORKS}.")
