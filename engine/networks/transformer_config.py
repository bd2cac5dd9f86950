"""The config of a transformer of any depth: what `transformer.py` needs to know besides the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal, get_args

from engine.networks.config import (
    READ_AT,
    ActFn,
    Operation,
    Prompt,
    ReadAt,
    Task,
    check_act_fn,
    check_task,
    check_tokens,
    require,
)
from engine.networks.parts import Part, missing_part

NormKind = Literal["layer", "rms"]
# pre: of what a sublayer reads; post: of the residual stream after a sublayer, as in "Attention is all you need".
NormOrder = Literal["pre", "post"]
# ln_embed: after the embedding; ln1: of the attention; ln2: of the MLP; ln_final: before the unembedding.
NormName = Literal["ln_embed", "ln1", "ln2", "ln_final"]
PositionKind = Literal["learned", "sinusoidal", "rotary", "none"]
# Which two numbers of a head rotary positions turn: neighbours (RoFormer), or those half a head apart (Llama).
RotaryPairs = Literal["neighbours", "halves"]
NORM_NAMES: tuple[NormName, ...] = get_args(NormName)


@dataclass(frozen=True)
class TransformerConfig:
    """A transformer that computes an operation modulo p, read at one position of its prompt or at their mean.

    `n_key_value_heads` is smaller than `n_heads` if several heads share keys and values (grouped heads). With `gated`,
    the MLP is `(act(x W_gate) * (x W_in)) W_out`. With `y_embedding`, y has an embedding of its own. `layer` is the
    layer whose neurons and attention are on show; None is the last. Attention is as in `ModelConfig`, its scores are
    divided by `attn_scale`, None for sqrt(d_head).

    Raises:
        InvalidConfig: a value is out of range.
    """

    p: int
    d_model: int
    n_layers: int
    n_heads: int
    d_head: int
    d_mlp: int
    prompt: Prompt
    d_vocab: int
    d_vocab_out: int
    act_fn: ActFn = "relu"
    operation: Operation = "add"
    n_key_value_heads: int | None = None
    gated: bool = False
    norms: tuple[NormName, ...] = ()
    norm_kind: NormKind = "layer"
    norm_order: NormOrder = "pre"
    norm_eps: float = 1e-5
    position_kind: PositionKind = "learned"
    rotary_pairs: RotaryPairs = "halves"
    rotary_base: float = 10_000.0
    causal: bool = True
    read_at: ReadAt | int = "last"
    y_embedding: bool = False
    attn_coeff: float = 1.0
    attn_scale: float | None = None
    layer: int | None = None
    table: tuple[int, ...] | None = field(default=None, hash=False, repr=False)  # as in `Task`

    def __post_init__(self) -> None:
        for name in ("d_model", "n_layers", "n_heads", "d_head", "d_mlp"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1; found {getattr(self, name)}.")
        check_task(self.p, self.operation, self.table)
        check_act_fn(self.act_fn)
        check_tokens(self.p, self.prompt, self.d_vocab, self.d_vocab_out)
        require(self.prompt.y_offset == 0, "Tokens of y from p on are rows of an embedding of their own: y_embedding.")
        require(
            self.key_value_heads >= 1 and self.n_heads % self.key_value_heads == 0,
            f"n_key_value_heads must divide n_heads = {self.n_heads}; found {self.key_value_heads}.",
        )
        require(
            set(self.norms) <= set(NORM_NAMES), f"norms must be some of {', '.join(NORM_NAMES)}; found {self.norms}."
        )
        require(self.norm_eps >= 0, f"norm_eps must not be negative; found {self.norm_eps}.")
        require(isfinite(self.attn_coeff), f"attn_coeff must be a finite number; found {self.attn_coeff}.")
        require(self.rotary_base > 0, f"rotary_base must be positive; found {self.rotary_base}.")
        require(
            self.position_kind != "rotary" or self.d_head % 2 == 0,
            f"Rotary positions need an even d_head; found {self.d_head}.",
        )
        n_ctx = self.prompt.n_ctx
        require(
            self.read_at in READ_AT or (isinstance(self.read_at, int) and 0 <= self.read_at < n_ctx),
            f"read_at must be one of {', '.join(READ_AT)} or a position from 0 to {n_ctx - 1}; found {self.read_at!r}.",
        )
        require(
            self.layer is None or 0 <= self.layer < self.n_layers,
            f"layer must be from 0 to {self.n_layers - 1}; found {self.layer}; pass --layer.",
        )

    @property
    def task(self) -> Task:
        """The operation and its numbers."""
        return Task(self.p, self.operation, self.table)

    @property
    def n_frequencies(self) -> int:
        """K = floor(p/2), as in `ModelConfig`."""
        return self.p // 2

    @property
    def key_value_heads(self) -> int:
        """The number of heads with keys and values of their own."""
        return self.n_heads if self.n_key_value_heads is None else self.n_key_value_heads

    @property
    def shown_layer(self) -> int:
        """The layer whose neurons and attention are on show."""
        return self.n_layers - 1 if self.layer is None else self.layer

    @property
    def read_index(self) -> int | None:
        """The position that the logits are read at; None if they are read at the mean of all."""
        match self.read_at:
            case "mean":
                return None
            case "first":
                return 0
            case "last":
                return self.prompt.n_ctx - 1
        return self.read_at

    @property
    def mask_matters(self) -> bool:
        """Whether a causal mask changes the logits: the last position of one layer sees all others anyway."""
        return self.n_layers > 1 or self.read_index != self.prompt.n_ctx - 1

    @property
    def has_linear_tail(self) -> bool:
        """Whether the logits are linear in the activations of the layer on show."""
        is_last = self.shown_layer == self.n_layers - 1
        normalised = "ln_final" in self.norms or ("ln2" in self.norms and self.norm_order == "post")
        return is_last and not normalised

    # As any config (`network_config.NetworkConfig`) ----------------------------------------------------------------

    @property
    def n_neurons(self) -> int:
        return self.d_mlp

    @property
    def description(self) -> str:
        """The architecture in a few words.

        >>> TransformerConfig(7, 8, 2, 2, 4, 16, Prompt.parse("x y", 7), 7, 7, norms=("ln1", "ln2")).description
        'a 2-layer transformer with LayerNorm'
        """
        depth = "one-layer" if self.n_layers == 1 else f"{self.n_layers}-layer"
        norm = {"layer": " with LayerNorm", "rms": " with RMSNorm"}[self.norm_kind] if self.norms else ""
        return f"a {depth} transformer{norm}"

    @property
    def parts(self) -> frozenset[Part]:
        """All parts except token tables, and except W_logit if the tail is not linear."""
        always: frozenset[Part] = frozenset(("attention", "W_E", "W_U", "direct path", "gradients"))
        return always | {"W_logit"} if self.has_linear_tail else always

    def require_linear_tail(self) -> None:
        """Check that the logits are linear in the activations.

        Raises:
            MissingPart: they are not.
        """
        if not self.has_linear_tail:
            raise missing_part(self, "W_logit")

    @property
    def positions(self) -> tuple[str, ...]:
        """The token at each position of the prompt: `x`, `y`, `=`."""
        return tuple(self.prompt.describe(self.p).split())

    @property
    def read_position(self) -> str:
        """The token at the position that the logits are read at, or `mean`."""
        return "mean" if self.read_index is None else self.positions[self.read_index]

    def reported(self) -> Mapping[str, object]:
        """The settings that every export includes."""
        names = ("p", "d_model", "n_layers", "n_heads", "d_head", "d_mlp", "act_fn")
        return {
            **{name: getattr(self, name) for name in names},
            "prompt": self.prompt.describe(self.p),
            "operation": self.operation,
            "attn_coeff": self.attn_coeff,
            "layer": self.shown_layer,
            "norms": list(self.norms),
            **{name: getattr(self, name) for name in ("norm_kind", "norm_order", "norm_eps") if self.norms},
            **{name: getattr(self, name) for name in ("n_key_value_heads", "gated", "position_kind")},
            "causal": self.causal if self.mask_matters else None,
            **{name: getattr(self, name) for name in ("read_at", "y_embedding", "attn_scale")},
        }

    def with_tokens(self, q: int, operation: Operation) -> TransformerConfig:
        """The config of the network on q of its number tokens; the constants of the prompt follow them."""
        absent = self.p - q
        slots = tuple(slot if isinstance(slot, str) else slot - absent for slot in self.prompt.slots)
        return replace(
            self,
            p=q,
            operation=operation,
            table=None,
            prompt=Prompt(slots),
            d_vocab=self.d_vocab - absent,
            d_vocab_out=self.d_vocab_out - absent,
        )
