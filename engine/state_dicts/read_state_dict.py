"""Read a state dict of any supported layout: its `ModelConfig` once per run, its `Weights` once per checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import ModuleType

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import ActFn, ModelConfig, Operation
from engine.networks.weights import BIASES, Weights
from engine.state_dicts import original_2022, plain, transformerlens
from engine.state_dicts.config_inference import infer_config
from engine.state_dicts.names import SUPPORTED_NETWORKS, select_parameters

_REQUIRED = tuple(field.name for field in fields(Weights) if field.name not in BIASES)
# Each layout has matches(tensors) and rename_tensors(tensors, source). The 2022 layout has TransformerLens names,
# so it must come first.
_LAYOUTS: tuple[ModuleType, ...] = (original_2022, transformerlens, plain)


def read_config(
    state: Mapping[str, object],
    source: str,
    *,
    recorded: Mapping[str, object] | None = None,
    p: int | None = None,
    prompt: str | None = None,
    act_fn: ActFn | None = None,
    operation: Operation | None = None,
) -> ModelConfig:
    """Infer the config of a state dict.

    `recorded` holds the settings saved with it; `p`, `prompt`, `act_fn` and `operation` override them. `source` names
    the file in error messages.

    Raises:
        UnsupportedModel: the network or the layout is not supported.
        AmbiguousTask: p or the prompt cannot be inferred and must be given.
        UnreadableRun: a tensor is missing or has the wrong number of axes.
        InvalidConfig: an explicit setting contradicts the tensors.
    """
    tensors, source = _to_our_layout(state, source)
    return infer_config(
        tensors, source, recorded=recorded or {}, p=p, prompt=prompt, act_fn=act_fn, operation=operation
    )


def read_weights(state: Mapping[str, object], config: ModelConfig, source: str) -> Weights:
    """Read the weights of one checkpoint in their stored dtype and check them against the run's config.

    Raises:
        UnsupportedModel: the network or the layout is not supported.
        UnreadableRun: a tensor is missing, has the wrong shape, or contains NaN or infinity.
    """
    tensors, source = _to_our_layout(state, source)
    return Weights.of(tensors, config, source)


def _to_our_layout(state: Mapping[str, object], source: str) -> tuple[dict[str, Tensor], str]:
    """The tensors with the names and shapes of `Weights`, and `source` with a note if their axes were transposed."""
    tensors = select_parameters(state, source)
    for layout in _LAYOUTS:
        if layout.matches(tensors):
            renamed: dict[str, Tensor] = layout.rename_tensors(tensors, source)
            missing = [name for name in _REQUIRED if name not in renamed]
            if missing:
                raise UnreadableRun(
                    f"{source} has no tensor {missing[0]}; found {', '.join(renamed)}; expected {', '.join(_REQUIRED)}."
                )
            note = " (2022 layout; shapes in TransformerLens order)" if layout is original_2022 else ""
            return renamed, source + note
    names = [name for name in state if isinstance(name, str)]
    shown = ", ".join(name[:60] for name in names[:4]) + (", ..." if len(names) > 4 else "")
    raise UnsupportedModel(
        f"{source} has the tensors: {shown or 'none'}; supported: {SUPPORTED_NETWORKS}, with TransformerLens names "
        "(embed.W_E, blocks.0.attn.W_Q) or plain names (W_E, W_Q)."
    )
