"""How the state dicts of a run are read: the settings that are given, and those that were determined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.networks.config import ActFn, NormSetting, Operation, ReadAt
from engine.networks.network_config import NetworkConfig
from engine.networks.transformer_config import TransformerConfig
from engine.state_dicts.network_option import NetworkOption

if TYPE_CHECKING:
    from engine.networks.network import NetworkWeights


@dataclass(frozen=True)
class ModelOverrides:
    """Explicit settings of the model; they override recorded and inferred ones.

    `names` are pairs of a role (`W_E`, or `ignore`) and the name of its tensor. `reading` is how an earlier checkpoint
    of the same run was read: nothing is inferred again. `cache` is a folder for what is recognised.
    `network` is a function of the user's that builds the module of a checkpoint.
    """

    p: int | None = None
    prompt: str | None = None
    act_fn: ActFn | None = None
    operation: Operation | None = None
    n_heads: int | None = None
    attn_coeff: float | None = None
    norm: NormSetting | None = None
    read_at: ReadAt | None = None
    layer: int | None = None
    table: tuple[int, ...] | None = None
    names: tuple[tuple[str, str], ...] = ()
    reading: ModelReading | None = None
    cache: Path | None = None
    network: NetworkOption | None = None


@dataclass(frozen=True)
class ModelReading:
    """How the state dicts of a run are read: the config, and where its settings come from.

    `explicit` lists the settings that options determine, `recorded` those that the files determine, `inferred` those
    that shapes or behaviour determine, `assumed` those that nothing determines. They are settings of the config: `p`,
    `prompt`, `operation`, `act_fn`, `n_heads`, `attn_coeff`, and in general networks `norm`, `norm_kind`, `read_at`,
    `causal`, `position_kind` and `joined`. `W_pos` is inferred if the network has no positional embedding, `W_U` if it
    is the transposed embedding, `axes` is the order of axes of square matrices. `reader` reads the weights in a state
    dict, from a source; None finds them by their names.
    """

    config: NetworkConfig
    explicit: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    transposed: bool = False
    y_offset: int = 0  # the first token of y, where it has rows of the embedding of its own
    warnings: tuple[str, ...] = ()
    reader: Callable[[Mapping[str, object], str], NetworkWeights] | None = None


def settings_in(reading: ModelReading, names: Sequence[str]) -> dict[str, str]:
    """The values of some settings of the config, as text for people.

    >>> from engine.networks.config import ModelConfig
    >>> settings_in(ModelReading(ModelConfig.standard(), assumed=("act_fn",)), ("act_fn", "prompt"))
    {'act_fn': 'relu', 'prompt': "'x y ='"}
    """
    config = reading.config
    values = {name: getattr(config, name, None) for name in names}
    values |= {name: value for name, value in config.reported().items() if name in names}
    texts = {"W_pos": "none", "W_U": "the transposed W_E", "axes": "[out, in]" if reading.transposed else "[in, out]"}
    if isinstance(config, TransformerConfig) and config.norms:
        texts["norm"] = config.norm_order
    return {name: _text(value) if value is not None else texts.get(name, "none") for name, value in values.items()}


def _text(value: object) -> str:
    """
    >>> _text("x y ="), _text(1.0), _text("add"), _text(7)
    ("'x y ='", '1', 'add', '7')
    """
    if isinstance(value, float):
        return f"{value:g}"
    return repr(value) if isinstance(value, str) and " " in value else str(value)
