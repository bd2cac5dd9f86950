"""The weights of one checkpoint, with the names and shapes of TransformerLens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.config import ModelConfig
from engine.networks.overflow import is_finite, require_finite

BIASES = ("b_Q", "b_K", "b_V", "b_O", "b_in", "b_out", "b_U")


@dataclass(frozen=True, eq=False)
class Weights:
    """The parameters of a one-layer transformer. A bias that the network lacks is zero."""

    W_E: Tensor  # [d_vocab, d_model]
    W_pos: Tensor  # [n_ctx, d_model]
    W_Q: Tensor  # [n_heads, d_model, d_head]
    W_K: Tensor  # [n_heads, d_model, d_head]
    W_V: Tensor  # [n_heads, d_model, d_head]
    W_O: Tensor  # [n_heads, d_head, d_model]
    W_in: Tensor  # [d_model, d_mlp]
    W_out: Tensor  # [d_mlp, d_model]
    W_U: Tensor  # [d_model, d_vocab_out]
    b_Q: Tensor  # [n_heads, d_head]
    b_K: Tensor  # [n_heads, d_head]
    b_V: Tensor  # [n_heads, d_head]
    b_O: Tensor  # [d_model]
    b_in: Tensor  # [d_mlp]
    b_out: Tensor  # [d_model]
    b_U: Tensor  # [d_vocab_out]

    @staticmethod
    def of(tensors: Mapping[str, Tensor], config: ModelConfig, source: str) -> Weights:
        """Check the names, shapes and values of `tensors`; `source` names the file in error messages.

        Missing biases become zeros.

        Raises:
            UnreadableRun: a tensor is missing, has the wrong shape or dtype, or contains NaN or infinity.
        """
        shapes = weight_shapes(config)
        checked: dict[str, Tensor] = {}
        for name, shape in shapes.items():
            tensor = tensors.get(name)
            if tensor is None:
                if name not in BIASES:
                    raise UnreadableRun(f"{source} has no tensor {name}; expected {', '.join(shapes)}.")
                tensor = torch.zeros(shape, dtype=tensors["W_E"].dtype)
            if tuple(tensor.shape) != shape:
                raise UnreadableRun(f"{source}: {name} has shape {list(tensor.shape)}; expected {list(shape)}.")
            if not tensor.is_floating_point():
                raise UnreadableRun(f"{source}: {name} has dtype {tensor.dtype}; expected a floating-point dtype.")
            if not is_finite(tensor):
                raise UnreadableRun(f"{source}: {name} contains NaN or infinity; its metrics would be meaningless.")
            checked[name] = tensor
        return Weights(**checked)

    @property
    def dtype(self) -> torch.dtype:
        return self.W_E.dtype

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Names and tensors, in the order of `weight_shapes`."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> Weights:
        """Convert to another dtype or device.

        Raises:
            OutOfRange: a value is too large for the dtype.
        """
        moved = {name: tensor.to(device=device, dtype=dtype) for name, tensor in self.items()}
        if dtype is not None and torch.finfo(dtype).max < torch.finfo(self.W_E.dtype).max:
            moved = {name: require_finite(name, tensor) for name, tensor in moved.items()}
        return replace(self, **moved)

    def clone(self) -> Weights:
        """A copy with tensors of its own."""
        return replace(self, **{name: tensor.clone() for name, tensor in self.items()})

    def select_tokens(self, tokens: Tensor, p: int, y_offset: int = 0) -> Weights:
        """The weights of the network on some of the p number tokens, in the given order; other tokens stay.

        With a `y_offset`, the tokens of y are the p rows of the embedding from there on.
        """
        tokens = tokens.to(self.W_E.device)

        def rows(over_tokens: Tensor, start: int = 0) -> Tensor:
            return torch.cat([over_tokens[:start], over_tokens[start + tokens], over_tokens[start + p :]])

        W_E = rows(rows(self.W_E, y_offset)) if y_offset else rows(self.W_E)
        return replace(self, W_E=W_E, W_U=rows(self.W_U.T).T.contiguous(), b_U=rows(self.b_U))


def weight_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of a network with this config, in the order of the fields of `Weights`."""
    d_model, n_heads, d_head, d_mlp = config.d_model, config.n_heads, config.d_head, config.d_mlp
    return {
        "W_E": (config.d_vocab, d_model),
        "W_pos": (config.prompt.n_ctx, d_model),
        "W_Q": (n_heads, d_model, d_head),
        "W_K": (n_heads, d_model, d_head),
        "W_V": (n_heads, d_model, d_head),
        "W_O": (n_heads, d_head, d_model),
        "W_in": (d_model, d_mlp),
        "W_out": (d_mlp, d_model),
        "W_U": (d_model, config.d_vocab_out),
        "b_Q": (n_heads, d_head),
        "b_K": (n_heads, d_head),
        "b_V": (n_heads, d_head),
        "b_O": (d_model,),
        "b_in": (d_mlp,),
        "b_out": (d_model,),
        "b_U": (config.d_vocab_out,),
    }
