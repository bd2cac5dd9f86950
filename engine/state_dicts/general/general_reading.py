"""One way to run the tensors of a general network, as candidates that are tried on a sample of pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from engine.networks import mlp, transformer_ends
from engine.networks.config import ActFn, Prompt
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_weights import transformer_shapes


@dataclass(frozen=True)
class GeneralReading:
    """A config, and whether square matrices are stored as [out, in].

    `y_offset` is the first token of y in the embedding of x, if y's tokens follow those of x in one embedding.
    """

    config: TransformerConfig | MlpConfig
    transposed: bool = False
    y_offset: int = 0

    @property
    def p(self) -> int:
        return self.config.p

    @property
    def attn_coeff(self) -> float:
        return self.config.attn_coeff if isinstance(self.config, TransformerConfig) else 1.0

    @property
    def settings(self) -> dict[str, Any]:
        """The value of each setting that a file may leave open."""
        config, shared = self.config, {"act_fn": self.config.act_fn, "axes": self.transposed}
        if isinstance(config, MlpConfig):
            return {"task": (config.p, None), **shared, "joined": config.joined}
        names = ("n_heads", "attn_coeff", "norm_order", "norm_kind", "norms", "causal", "read_at")
        prompt = Prompt(config.prompt.slots, self.y_offset)
        positions = (config.position_kind, config.rotary_pairs)
        found = {name: getattr(config, name) for name in names}
        return {"task": (config.p, prompt), **shared, **found, "position_kind": positions}

    def with_act_fn(self, act_fn: ActFn) -> GeneralReading:
        return replace(self, config=replace(self.config, act_fn=act_fn))

    def logits(self, tensors: NamedWeights, x: Tensor, y: Tensor) -> Tensor:
        """Logits of the p answers for a batch of pairs. [pair, z]"""
        if isinstance(self.config, MlpConfig):
            return mlp.pair_logits(tensors, self.config, x, y)
        return transformer_ends.pair_logits(tensors, self.config, x, y)

    def weights(self, named: dict[str, Tensor], source: str) -> NamedWeights:
        """The weights of the config from tensors by name.

        Raises:
            UnreadableRun: a tensor is missing, has the wrong shape, or contains NaN or infinity.
        """
        config = self.config
        if isinstance(config, MlpConfig):
            return NamedWeights.of(named, mlp_shapes(config), source)
        W_E, tensors = named["embed.W_E"], dict(named)
        if self.y_offset:
            tensors["embed_y.W_E"] = W_E[self.y_offset :]
        if "embed_y.W_E" in tensors:
            tensors["embed_y.W_E"] = tensors["embed_y.W_E"][: config.p]
        if "pos_embed.W_pos" in tensors:  # a positional embedding may be longer than the prompt
            tensors["pos_embed.W_pos"] = tensors["pos_embed.W_pos"][: config.prompt.n_ctx]
        return NamedWeights.of(tensors, transformer_shapes(config), source)


# The tensors of a reading by name, with the axes of its config.
NamedTensors = Callable[[GeneralReading], dict[str, Tensor]]
