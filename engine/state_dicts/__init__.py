"""Foreign tensors -> `ModelConfig` (found once a run) and `Weights` (read once a checkpoint)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import ModuleType

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import ActFn, ModelConfig, Operation
from engine.networks.weights import BIASES, Weights
from engine.state_dicts import original_2022, plain, transformerlens
from engine.state_dicts.config_inference import AmbiguousTask, infer_config
from engine.state_dicts.names import FAMILY, parameters

__all__ = ["AmbiguousTask", "identify", "read_weights"]

_REQUIRED = tuple(field.name for field in fields(Weights) if field.name not in BIASES)
# Each has matches(tensors), bare(tensors, source). The 2022 layout shares its names with TransformerLens'.
_LAYOUTS: tuple[ModuleType, ...] = (original_2022, transformerlens, plain)


def identify(
    state: Mapping[str, object],
    source: str,
    *,
    recorded: Mapping[str, object] | None = None,
    p: int | None = None,
    prompt: str | None = None,
    act_fn: ActFn | None = None,
    operation: Operation | None = None,
) -> ModelConfig:
    """The config of a state dict; `recorded` is what its trainer wrote down beside it.

    Raises:
        UnsupportedModel: a model outside the family, or a layout nobody knows.
        UnreadableRun: a tensor is missing or misshapen, or p or the prompt can only be told.
        InvalidConfig: what was told contradicts the tensors.
    """
    tensors, source = _bare(state, source)
    return infer_config(
        tensors, source, recorded=recorded or {}, p=p, prompt=prompt, act_fn=act_fn, operation=operation
    )


def read_weights(state: Mapping[str, object], config: ModelConfig, source: str) -> Weights:
    """One checkpoint's weights, checked against the run's config, in their stored dtype.

    Raises:
        UnsupportedModel: a model outside the family, or a layout nobody knows.
        UnreadableRun: a tensor is missing, has another shape, or holds NaN or infinity.
    """
    tensors, source = _bare(state, source)
    return Weights.of(tensors, config, source)


def _bare(state: Mapping[str, object], source: str) -> tuple[dict[str, Tensor], str]:
    """The tensors under our names; errors about a layout whose shapes are not ours say so."""
    tensors = parameters(state, source)
    for layout in _LAYOUTS:
        if layout.matches(tensors):
            bare: dict[str, Tensor] = layout.bare(tensors, source)
            missing = [name for name in _REQUIRED if name not in bare]
            if missing:
                raise UnreadableRun(
                    f"{source} has no tensor {missing[0]}; found {', '.join(bare)}; expected {', '.join(_REQUIRED)}."
                )
            note = " (2022 layout; shapes in TransformerLens order)" if layout is original_2022 else ""
            return bare, source + note
    names = [name for name in state if isinstance(name, str)]
    shown = ", ".join(name[:60] for name in names[:4]) + (", ..." if len(names) > 4 else "")
    raise UnsupportedModel(
        f"{source} has the tensors: {shown or 'none'}; supported: {FAMILY}, with TransformerLens names "
        "(embed.W_E, blocks.0.attn.W_Q) or plain names (W_E, W_Q)."
    )
