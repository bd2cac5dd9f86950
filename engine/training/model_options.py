"""The options of the network that is trained, as on the command line, and the config that they mean. Imports no torch.

The study's network, one layer without norms, has a config of its own, for which everything is faster. All else is a
general transformer or an MLP.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from engine.networks.config import (
    READ_AT,
    ActFn,
    InvalidConfig,
    ModelConfig,
    Operation,
    Prompt,
    ReadAt,
    require,
    require_heads,
)
from engine.networks.layers import n_layers
from engine.networks.mlp_config import Inputs, Joined, MlpConfig
from engine.networks.trainable_config import (
    MAX_PARTS,
    Arch,
    Norm,
    TrainableConfig,
    arch_of,
    as_folded,
    norm_of,
)
from engine.networks.transformer_config import NormKind, NormName, PositionKind, TransformerConfig

_NORMS: Mapping[Norm, tuple[NormName, ...]] = {"none": (), "pre": ("ln1", "ln2", "ln_final"), "post": ("ln1", "ln2")}
_OF_TRANSFORMERS = frozenset(("norm", "norm_kind", "n_heads", "prompt", "attn_coeff", "positions", "read_at"))
_OF_MLPS = frozenset(("inputs", "joined"))


@dataclass(frozen=True)
class ModelOptions:
    """The network that is trained; the defaults are the study's. `d_model` of an MLP is the width of its embedding."""

    p: int = 113
    operation: Operation = "add"
    table: tuple[int, ...] | None = None
    arch: Arch = "transformer"
    n_layers: int = 1
    norm: Norm = "none"
    norm_kind: NormKind = "layer"
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    act_fn: ActFn = "relu"
    prompt: str = "x y ="
    attn_coeff: float = 1.0
    positions: PositionKind = "learned"
    read_at: ReadAt = "last"
    inputs: Inputs = "one-hot"
    joined: Joined = "concatenation"

    def __post_init__(self) -> None:
        for name, values in _CHOICES.items():
            found = getattr(self, name)
            require(found in values, f"{name} must be one of {', '.join(values)}; found {found!r}.")
        require(
            1 <= self.n_layers <= MAX_PARTS, f"n_layers must be from 1 to {MAX_PARTS} layers; found {self.n_layers}."
        )

    def config(self) -> TrainableConfig:
        """The config of the network.

        Raises:
            InvalidConfig: a setting is out of range.
        """
        return self._mlp() if self.arch == "mlp" else self._transformer()

    def _mlp(self) -> MlpConfig:
        return MlpConfig(
            p=self.p,
            hidden=(self.d_mlp,) * self.n_layers,
            d_vocab=self.p,
            d_vocab_out=self.p,
            joined=self.joined,
            d_embed=self.d_model if self.inputs == "embedded" else 0,
            act_fn=self.act_fn,
            operation=self.operation,
            table=self.table,
        )

    def _transformer(self) -> ModelConfig | TransformerConfig:
        prompt = Prompt.parse(self.prompt, self.p)
        is_folded = (self.n_layers, self.norm, self.positions, self.read_at) == (1, "none", "learned", "last")
        if is_folded and prompt == Prompt.parse("x y =", self.p) and self.attn_coeff == 1:
            return ModelConfig.standard(
                self.p, self.d_model, self.n_heads, self.d_mlp, self.act_fn, self.operation, self.table
            )
        require_heads(self.d_model, self.n_heads)
        general = TransformerConfig(
            p=self.p,
            d_model=self.d_model,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
            d_head=self.d_model // self.n_heads,
            d_mlp=self.d_mlp,
            prompt=prompt,
            d_vocab=self._n_tokens(prompt),
            d_vocab_out=self.p,
            act_fn=self.act_fn,
            operation=self.operation,
            norms=_NORMS[self.norm],
            norm_kind=self.norm_kind,
            norm_order="post" if self.norm == "post" else "pre",
            position_kind=self.positions,
            causal=self.read_at == "last",  # the first position would see nothing else
            read_at=self.read_at,
            attn_coeff=self.attn_coeff,
            table=self.table,
        )
        return as_folded(general) if is_folded else general

    def _n_tokens(self, prompt: Prompt) -> int:
        """The p numbers, then the constants of the prompt."""
        constants = {slot for slot in prompt.slots if isinstance(slot, int)}
        require(
            constants == set(range(self.p, self.p + len(constants))) and prompt.n_ctx <= MAX_PARTS,
            f"The constants of a prompt of at most {MAX_PARTS} tokens follow the numbers, from token p = {self.p} on; "
            f"found {self.prompt!r}.",
        )
        return self.p + len(constants)


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "arch": get_args(Arch),
    "norm": get_args(Norm),
    "norm_kind": get_args(NormKind),
    "positions": get_args(PositionKind),
    "read_at": READ_AT,
    "inputs": get_args(Inputs),
    "joined": get_args(Joined),
}


def require_applicable(explicit: Collection[str], options: ModelOptions) -> None:
    """Refuse options, by name, that the architecture does not have.

    Raises:
        InvalidConfig: the message names the first of them.
    """
    excluded: Mapping[Literal["transformer", "mlp"], frozenset[str]] = {
        "transformer": _OF_MLPS,
        "mlp": _OF_TRANSFORMERS | (frozenset() if options.inputs == "embedded" else {"d_model"}),
    }
    name = next((name for name in explicit if name in excluded[options.arch]), None)
    if name is None and options.norm == "none" and "norm_kind" in explicit:
        raise InvalidConfig("--norm-kind needs norms; pass --norm pre or --norm post as well.")
    if name is not None:
        option = f"--{name.replace('_', '-')}"
        needed = (
            " of one-hot inputs; pass --inputs embedded, or leave it out" if name == "d_model" else "; leave it out"
        )
        raise InvalidConfig(f"{option} does not apply to --arch {options.arch}{needed}.")


def recorded_options(config: TrainableConfig) -> dict[str, object]:
    """The options that mean this config, those that apply to it."""
    options: dict[str, object] = {"arch": arch_of(config), "n_layers": n_layers(config)}
    if isinstance(config, MlpConfig):
        embedded = {"d_model": config.d_embed} if config.d_embed else {}
        return {**options, "d_mlp": config.hidden[0], "inputs": config.inputs, "joined": config.joined, **embedded}
    options |= {"norm": norm_of(config), "prompt": config.prompt.describe(config.p)}
    if isinstance(config, ModelConfig):
        return {**options, "positions": "learned", "read_at": "last"}
    return {**options, "norm_kind": config.norm_kind, "positions": config.position_kind, "read_at": config.read_at}
