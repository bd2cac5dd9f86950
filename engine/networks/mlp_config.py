"""The config of an MLP on two numbers: what `mlp.py` needs to know besides the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.networks.config import ActFn, Operation, Task, check_act_fn, check_task, require
from engine.networks.parts import Part

Inputs = Literal["one-hot", "embedded"]
Joined = Literal["sum", "concatenation"]


@dataclass(frozen=True)
class MlpConfig:
    """An MLP that computes an operation modulo p from x and y, one-hot or embedded, summed or concatenated.

    `hidden` are the widths of its hidden layers. `d_embed` is that of the embedding, 0 without one; with
    `y_embedding`, y has an embedding of its own. `d_vocab` is the number of tokens that the inputs have room for.
    `layer` is the hidden layer whose neurons are on show; None is the last.

    Raises:
        InvalidConfig: a value is out of range.
    """

    p: int
    hidden: tuple[int, ...]
    d_vocab: int
    d_vocab_out: int
    joined: Joined = "sum"
    d_embed: int = 0
    y_embedding: bool = False
    act_fn: ActFn = "relu"
    operation: Operation = "add"
    layer: int | None = None
    table: tuple[int, ...] | None = field(default=None, hash=False, repr=False)  # as in `Task`

    def __post_init__(self) -> None:
        check_task(self.p, self.operation, self.table)
        check_act_fn(self.act_fn)
        require(len(self.hidden) >= 1, "An MLP needs a hidden layer; found none.")
        require(min(self.hidden) >= 1, f"A hidden layer needs at least one neuron; found {self.hidden}.")
        require(self.d_embed >= 0, f"d_embed must not be negative; found {self.d_embed}.")
        require(not self.y_embedding or self.d_embed > 0, "y_embedding needs an embedding; d_embed is 0.")
        require(self.d_vocab >= self.p, f"d_vocab must be at least p = {self.p}; found {self.d_vocab}.")
        require(self.d_vocab_out >= self.p, f"d_vocab_out must be at least p = {self.p}; found {self.d_vocab_out}.")
        require(
            self.layer is None or 0 <= self.layer < len(self.hidden),
            f"layer must be from 0 to {len(self.hidden) - 1}; found {self.layer}; pass --layer.",
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
    def inputs(self) -> Inputs:
        return "embedded" if self.d_embed else "one-hot"

    @property
    def shown_layer(self) -> int:
        """The hidden layer whose neurons are on show."""
        return len(self.hidden) - 1 if self.layer is None else self.layer

    @property
    def has_linear_tail(self) -> bool:
        """Whether the logits are linear in the activations of the layer on show: those of the last."""
        return self.shown_layer == len(self.hidden) - 1

    # As any config (`network_config.NetworkConfig`) ----------------------------------------------------------------

    @property
    def n_neurons(self) -> int:
        return self.hidden[self.shown_layer]

    @property
    def n_heads(self) -> int:
        return 0

    @property
    def d_model(self) -> int:
        """The width of W_E, which is the matrix of the first layer for summed one-hot inputs; 0 without W_E."""
        if "W_E" not in self.parts:
            return 0
        return self.d_embed or self.hidden[0]

    @property
    def description(self) -> str:
        """The architecture in a few words.

        >>> MlpConfig(7, (16,), 7, 7).description, MlpConfig(7, (16, 8), 7, 7, joined="concatenation").description
        ('an MLP', 'an MLP with 2 hidden layers')
        """
        return "an MLP" if len(self.hidden) == 1 else f"an MLP with {len(self.hidden)} hidden layers"

    @property
    def parts(self) -> frozenset[Part]:
        """W_logit for the last hidden layer; W_E and gradients on it for an embedding, or for summed one-hot inputs."""
        parts: set[Part] = set()
        if self.d_embed or self.joined == "sum":
            parts |= {"W_E", "gradients"}
        if self.has_linear_tail:
            parts.add("W_logit")
        return frozenset(parts)

    @property
    def positions(self) -> tuple[str, ...]:
        """None: there is no attention."""
        return ()

    @property
    def read_position(self) -> str:
        return ""

    def reported(self) -> Mapping[str, object]:
        """The settings that every export includes."""
        return {
            "p": self.p,
            "d_mlp": self.n_neurons,
            "hidden": list(self.hidden),
            "inputs": self.inputs,
            **{name: getattr(self, name) for name in ("joined", "d_embed", "y_embedding", "act_fn", "operation")},
            "layer": self.shown_layer,
        }

    def with_tokens(self, q: int, operation: Operation) -> MlpConfig:
        """The config of the network on q of its number tokens."""
        absent = self.p - q
        return replace(
            self,
            p=q,
            operation=operation,
            table=None,
            d_vocab=self.d_vocab - absent,
            d_vocab_out=self.d_vocab_out - absent,
        )
