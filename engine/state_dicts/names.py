"""Tensor names in a state dict: strip prefixes, ignore buffers, reject unsupported networks."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel

SUPPORTED_NETWORKS = "one layer without LayerNorm or gate, with separate W_Q, W_K and W_V"

_PREFIXES = ("model.", "module.", "_orig_mod.")
# Buffers and unused tensors, which do not affect the logits of the last position.
_IGNORED = re.compile(r"(?:.*\.)?(?:IGNORE|mask|causal_mask|x_embed|y_embed)")
# Names that only unsupported networks have, and the reason given to the user; the first match counts.
_UNSUPPORTED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:.*\.)?(?:blocks|layers|h)\.[1-9]\d*\..*"), "more than one layer"),
    (re.compile(r"(?:.*[._])?(?:ln|layer_?norm|norm|rms_?norm)\w*(?:\..*)?", re.IGNORECASE), "LayerNorm"),
    (re.compile(r"(?:.*\.)?w_ln|(?:.*\.)?b_ln"), "LayerNorm"),
    (re.compile(r"(?:.*\.)?(?:W_gate|gate_proj)(?:\..*)?"), "a gated MLP"),
    (
        re.compile(r"(?:.*\.)?(?:W_qkv|b_qkv|qkv|qkv_proj|in_proj_weight|in_proj_bias|c_attn)(?:\..*)?"),
        "fused queries, keys and values",
    ),
)
_MAX_NAME_LENGTH = 300
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def select_parameters(state: Mapping[str, object], source: str) -> dict[str, Tensor]:
    """Select the parameters of the network, detached, with `model.`, `module.` and `_orig_mod.` stripped.

    Raises:
        UnsupportedModel: the network has LayerNorm, several layers, a gated MLP, or fused queries, keys and values.
        UnreadableRun: a tensor is not dense floating-point data on the CPU, or is larger than its storage.
    """
    for name in state:
        if isinstance(name, str) and len(name) > _MAX_NAME_LENGTH:  # the patterns take quadratic time
            raise UnreadableRun(
                f"{source}: the tensor name {name[:40]}... has {len(name):,} characters; "
                f"the limit is {_MAX_NAME_LENGTH}."
            )
    tensors = {
        without_prefixes(name): value.detach()
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, Tensor) and not _IGNORED.fullmatch(without_prefixes(name))
    }
    for name, tensor in tensors.items():
        _require_dense(name, tensor, source)
    for pattern, reason in _UNSUPPORTED:
        for name in tensors:
            if pattern.fullmatch(name):
                raise UnsupportedModel(f"{source} has {reason} ({name}); supported: {SUPPORTED_NETWORKS}.")
    return tensors


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
    """Strip the prefixes that wrappers add: `model.`, `module.` (DataParallel) and `_orig_mod.` (torch.compile).

    >>> without_prefixes("_orig_mod.module.embed.W_E")
    'embed.W_E'
    """
    while name.startswith(_PREFIXES):
        name = name.partition(".")[2]
    return name


def reject_unknown_tensors(unknown: list[str], source: str) -> None:
    """Raise if there are unknown tensors: they may change what the network computes.

    Raises:
        UnsupportedModel: `unknown` is not empty.
    """
    if unknown:
        shown = ", ".join(sorted(unknown)[:4]) + (", ..." if len(unknown) > 4 else "")
        raise UnsupportedModel(f"{source} has unknown tensors: {shown}; supported: {SUPPORTED_NETWORKS}.")
