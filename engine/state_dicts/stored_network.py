"""The tensors of a checkpoint by role, with the axes of their file, and the sizes that their shapes determine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.config import ModelConfig, Prompt
from engine.state_dicts.orientation import Layout, d_model_of, has_open_order, matrix_order, orient, width_of_heads


@dataclass(frozen=True)
class Sizes:
    """What shapes determine; `n_heads` is None if W_Q is one matrix, `n_positions` without positional embedding."""

    d_model: int
    d_mlp: int
    d_vocab: int
    d_vocab_out: int
    n_positions: int | None
    n_heads: int | None
    heads_width: int  # n_heads * d_head

    def config(self, p: int, prompt: Prompt, n_heads: int) -> ModelConfig:
        """The config of a network of these sizes, with default settings.

        Raises:
            InvalidConfig: p or the prompt is out of range.
        """
        return ModelConfig(
            p=p,
            d_model=self.d_model,
            n_heads=n_heads,
            d_head=self.heads_width // n_heads,
            d_mlp=self.d_mlp,
            prompt=prompt,
            d_vocab=self.d_vocab,
            d_vocab_out=self.d_vocab_out,
        )


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """Tensors by role, as stored; `module_weights` are the roles of weights of modules such as `nn.Linear`.

    `source` names the file in error messages.
    """

    tensors: Mapping[str, Tensor]
    module_weights: frozenset[str]
    source: str

    @cached_property
    def sizes(self) -> Sizes:
        """The sizes.

        Raises:
            UnreadableRun: a tensor has the wrong number of axes, or they share no size.
        """
        tensors, layout = self.tensors, Layout(self.module_weights)
        d_model = d_model_of(tensors, self.source)
        n_heads, width = width_of_heads(tensors, d_model, layout, self.source)
        d_vocab = tensors["W_E"].numel() // d_model
        if width == 0 or d_vocab == 0:
            raise UnreadableRun(f"{self.source}: W_E or W_Q is empty; expected at least one token and one head.")
        return Sizes(
            d_model=d_model,
            d_mlp=tensors["W_in"].numel() // d_model,
            d_vocab=d_vocab,
            d_vocab_out=tensors["W_U"].numel() // d_model if "W_U" in tensors else d_vocab,
            n_positions=tensors["W_pos"].numel() // d_model if "W_pos" in tensors else None,
            n_heads=n_heads,
            heads_width=width,
        )

    @property
    def orders(self) -> tuple[bool, ...]:
        """Whether square matrices may be stored as [out, in]; first what the other matrices suggest."""
        layout = Layout(self.module_weights)
        order = matrix_order(self.tensors, self.sizes.d_model, layout)
        if not has_open_order(self.tensors, self.sizes.d_model, layout):
            return (bool(order),)
        return (True, False) if order else (False, True)

    def oriented(self, n_heads: int, transposed: bool) -> dict[str, Tensor]:
        """The tensors with the axes of `Weights`; W_pos and biases may be missing.

        Raises:
            UnreadableRun: a shape fits neither order of axes.
        """
        return orient(self.tensors, self.sizes.d_model, n_heads, Layout(self.module_weights, transposed), self.source)

    def oriented_float32(self, n_heads: int, transposed: bool) -> dict[str, Tensor]:
        """The same in float32, to try a reading."""
        return {role: tensor.float() for role, tensor in self.oriented(n_heads, transposed).items()}
