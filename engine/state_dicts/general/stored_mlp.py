"""The tensors of an MLP on two numbers: a chain of matrices by their shapes, whatever their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engine.networks.mlp_config import Joined
from engine.state_dicts.general.tensor_names import places

# Fixed matrices that trainers keep beside the parameters, to plot with.
_BASIS = re.compile(r"(?:.*\.)?\w*(?:basis|fourier|dft)\w*", re.IGNORECASE)
_ORDER = {"W_in": 0, "W_out": 1, "W_U": 2}
_MOST_LAYERS = 16


@dataclass(frozen=True, eq=False)
class Linear:
    """A matrix as stored, and its bias; `is_module` if it is the weight of an `nn.Linear`, so [out, in]."""

    name: str
    W: Tensor
    b: Tensor | None
    is_module: bool

    def oriented(self, out_in: bool) -> Tensor:
        """The matrix as [in, out]; `out_in` is the order of axes of those that are not of modules."""
        return self.W.T if self.is_module or out_in else self.W


@dataclass(frozen=True, eq=False)
class StoredMlp:
    """An embedding of x and perhaps one of y, or none, and linear layers in their order."""

    W_E: Tensor | None
    W_E_y: Tensor | None
    layers: tuple[Linear, ...]
    orders: tuple[bool, ...]  # whether matrices that are not of modules may be [out, in]
    source: str

    @property
    def d_embed(self) -> int:
        return 0 if self.W_E is None else self.W_E.shape[1]

    def d_vocab_out(self, out_in: bool) -> int:
        """The number of logits."""
        return self.layers[-1].oriented(out_in).shape[1]

    def hidden(self, out_in: bool) -> tuple[int, ...]:
        """The widths of the hidden layers."""
        return tuple(layer.oriented(out_in).shape[1] for layer in self.layers[:-1])

    def d_vocab(self, joined: Joined, out_in: bool) -> int | None:
        """The number of tokens that the inputs have room for; None if the first layer reads other inputs."""
        width, n_inputs = self.layers[0].oriented(out_in).shape[0], 1 if joined == "sum" else 2
        if self.W_E is not None:
            return self.W_E.shape[0] if width == n_inputs * self.d_embed else None
        return width // n_inputs if width % n_inputs == 0 else None

    def named(self, joined: Joined, out_in: bool) -> dict[str, Tensor]:
        """The tensors by the names and with the axes of `mlp_shapes`."""
        tensors = {"embed.W_E": self.W_E, "embed_y.W_E": self.W_E_y}
        first = self.layers[0].oriented(out_in)
        for name, part in zip(
            *((("W",), (first,)) if joined == "sum" else (("W_x", "W_y"), first.chunk(2))), strict=True
        ):
            tensors[f"layers.0.{name}"] = part
        for index, layer in enumerate(self.layers):
            prefix = "unembed" if index == len(self.layers) - 1 else f"layers.{index}"
            if index > 0:
                tensors[f"{prefix}.W"] = layer.oriented(out_in)
            tensors[f"{prefix}.b"] = layer.b
        return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def stored_mlp(tensors: Mapping[str, Tensor], source: str) -> StoredMlp | None:
    """An MLP, if the tensors are two or more matrices that follow each other, with biases; else None."""
    found = places(tensors)
    roles = {name: place.role for name, place in found.items() if place is not None}
    embeddings = {role: tensors[name] for name, role in roles.items() if role in ("W_E", "W_E_y")}
    matrices = {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.ndim == 2 and roles.get(name) not in embeddings and not _is_basis(name, tensor)
    }
    others = [name for name, tensor in tensors.items() if tensor.ndim not in (1, 2)]
    if not 2 <= len(matrices) <= _MOST_LAYERS or others or any(tensor.ndim != 2 for tensor in embeddings.values()):
        return None
    if len(embeddings) < sum(role in ("W_E", "W_E_y") for role in roles.values()):
        return None
    for names in _orders_of(list(matrices), roles):
        layers = [Linear(name, matrices[name], None, name.lower().endswith(".weight")) for name in names]
        possible = (False,) if all(layer.is_module for layer in layers) else (False, True)
        orders = tuple(out_in for out_in in possible if _follow_each_other(layers, out_in, embeddings))
        with_biases = _with_biases(layers, orders, tensors) if orders else None
        if with_biases is not None:
            W_E, W_E_y = embeddings.get("W_E"), embeddings.get("W_E_y")
            return StoredMlp(W_E, W_E_y, with_biases, orders, source)
    return None


def _is_basis(name: str, matrix: Tensor) -> bool:
    """Whether a matrix is a Fourier basis: it has such a name, and orthonormal rows."""
    if not _BASIS.fullmatch(name) or matrix.shape[0] > matrix.shape[1]:
        return False
    rows = matrix.double()
    return torch.allclose(rows @ rows.T, torch.eye(len(rows), dtype=torch.float64), atol=1e-3)


def _orders_of(names: Sequence[str], roles: Mapping[str, str]) -> Iterator[list[str]]:
    """Orders in which the layers may follow each other: as stored, by number, by role."""
    yield list(names)
    yield sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d{1,4}", name)])
    yield sorted(names, key=lambda name: _ORDER.get(roles.get(name, ""), 1))


def _follow_each_other(layers: Sequence[Linear], out_in: bool, embeddings: Mapping[str, Tensor]) -> bool:
    """Whether each layer reads what the one before it writes, and the first the embedding, if there is one."""
    shapes = [layer.oriented(out_in).shape for layer in layers]
    if any(before[1] != after[0] for before, after in pairwise(shapes)):
        return False
    widths = {W_E.shape[1] for W_E in embeddings.values()}
    return not widths or (len(widths) == 1 and shapes[0][0] in (min(widths), 2 * min(widths)))


def _with_biases(
    layers: Sequence[Linear], orders: Sequence[bool], tensors: Mapping[str, Tensor]
) -> tuple[Linear, ...] | None:
    """The layers with the bias of the same module or of the name `b_...`; None if a vector is left."""
    vectors = {name: tensor for name, tensor in tensors.items() if tensor.ndim == 1}
    found = []
    for layer in layers:
        name = next((name for name in _names_of_bias(layer.name) if name in vectors), None)
        bias = vectors.pop(name) if name is not None else None
        if bias is not None and all(len(bias) != layer.oriented(out_in).shape[1] for out_in in orders):
            return None
        found.append(Linear(layer.name, layer.W, bias, layer.is_module))
    return tuple(found) if not vectors else None


def _names_of_bias(name: str) -> Iterator[str]:
    stem, dot, last = name.rpartition(".")
    if last == "weight":
        yield f"{stem}.bias"
    if last[:1] in "Ww":
        yield f"{stem}{dot}b{last[1:]}"
        yield f"{stem}{dot}B{last[1:]}"
    yield f"{name}_bias"
