"""The tensors of a transformer by layer and role, with the axes of their file, and what their shapes determine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from einops import rearrange
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.transformer_config import NORM_NAMES, NormName
from engine.state_dicts.general.tensor_names import IGNORE, Place, names_rms, places
from engine.state_dicts.orientation import Layout, d_model_of, orient, width_of_heads

_BY_HEAD = " by head"  # the ending of a fused role whose queries, keys and values alternate head by head
_ATTENTION_BIASES = ("b_Q", "b_K", "b_V", "b_O")
_MLP_BIASES = ("b_gate", "b_in", "b_out")
_REQUIRED = ("W_Q", "W_K", "W_V", "W_O", "W_in", "W_out")


@dataclass(frozen=True)
class TransformerSizes:
    """What shapes determine; `n_heads` is None if W_Q is one matrix, `n_positions` without positional embedding."""

    d_model: int
    d_mlp: int
    d_vocab: int
    d_vocab_out: int
    n_layers: int
    n_positions: int | None
    n_heads: int | None
    heads_width: int  # n_heads * d_head
    key_value_width: int  # n_key_value_heads * d_head

    def key_value_heads(self, n_heads: int) -> int | None:
        """The heads of keys and values, if there are fewer than `n_heads`.

        >>> TransformerSizes(8, 16, 7, 7, 1, 2, None, 16, 8).key_value_heads(4)
        2
        """
        return None if self.key_value_width == self.heads_width else n_heads * self.key_value_width // self.heads_width


@dataclass(frozen=True, eq=False)
class StoredTransformer:
    """Tensors by role, as stored: outside all layers, and in each layer.

    `module_weights` are the roles of weights of `nn.Linear` and `nn.Embedding`. `source` names the file in messages.
    """

    shared: Mapping[str, Tensor]  # W_E, W_E_y, W_pos, W_U, b_U, ln_final.w, ...
    layers: tuple[Mapping[str, Tensor], ...]
    module_weights: frozenset[str]
    has_rotary_buffers: bool
    names_rms: bool
    source: str

    @cached_property
    def sizes(self) -> TransformerSizes:
        """The sizes.

        Raises:
            UnreadableRun: a tensor has the wrong number of axes, or they share no size.
        """
        first = self.unfused(0, 1)
        norm = next((tensor for role, tensor in self._all() if role.startswith("ln")), None)
        d_model = d_model_of(first, self.source) if norm is None else norm.numel()
        n_heads, width = width_of_heads(first, d_model, self._layout(first, d_model, False), self.source)
        d_vocab = first["W_E"].numel() // d_model if d_model else 0
        key_value_width = first["W_K"].numel() // d_model if d_model else 0
        if width == 0 or d_vocab == 0 or key_value_width == 0 or width % key_value_width:
            raise UnreadableRun(
                f"{self.source}: W_E {list(first['W_E'].shape)}, W_Q {list(first['W_Q'].shape)} and "
                f"W_K {list(first['W_K'].shape)} do not fit each other; expected whole heads of d_model = {d_model}."
            )
        return TransformerSizes(
            d_model=d_model,
            d_mlp=first["W_in"].numel() // d_model,
            d_vocab=d_vocab,
            d_vocab_out=first["W_U"].numel() // d_model if "W_U" in first else d_vocab,
            n_layers=len(self.layers),
            n_positions=first["W_pos"].numel() // d_model if "W_pos" in first else None,
            n_heads=n_heads,
            heads_width=width,
            key_value_width=key_value_width,
        )

    def _all(self) -> Iterator[tuple[str, Tensor]]:
        yield from self.shared.items()
        yield from self.layers[0].items()

    @property
    def norms(self) -> tuple[NormName, ...]:
        """The norms that have parameters."""
        roles = {role.rpartition(".")[0] for role, _ in self._all()}
        return tuple(name for name in NORM_NAMES if name in roles)

    @property
    def norms_have_biases(self) -> bool:
        return any(role.startswith("ln") and role.endswith(".b") for role, _ in self._all())

    @property
    def gated(self) -> bool:
        return "W_gate" in self.layers[0]

    @property
    def y_embedding(self) -> bool:
        return "W_E_y" in self.shared

    def unfused(self, layer: int, n_heads: int) -> dict[str, Tensor]:
        """The tensors of a layer, and the shared ones, with separate queries, keys and values; without norms."""
        tensors: dict[str, Tensor] = {}
        for role, tensor in (*self.shared.items(), *self.layers[layer].items()):
            if role.startswith("ln"):
                continue
            parts = role.removesuffix(_BY_HEAD)
            if parts[2:] in ("QKV", "KV"):
                split = _split_fused(tensor, len(parts) - 2, n_heads if role.endswith(_BY_HEAD) else 1, self.source)
                tensors |= {f"{role[:2]}{part}": piece for part, piece in zip(parts[2:], split, strict=True)}
            else:
                tensors[role] = tensor
        return tensors

    def _layout(self, tensors: Mapping[str, Tensor], d_model: int, transposed: bool) -> Layout:
        """Module weights are [out, in], except those of Conv1D, which stores [in, out] (Hugging Face's GPT-2)."""
        W_in = tensors["W_in"]
        conv1d = "W_in" in self.module_weights and W_in.ndim == 2 and W_in.shape[0] == d_model != W_in.shape[1]
        modules = {"W_U"} & self.module_weights if conv1d else self.module_weights
        return Layout(frozenset(modules), transposed)

    @property
    def has_bare_square_matrices(self) -> bool:
        """Whether a matrix has d_model at both axes and is not of a module, so that the order of its axes is open."""
        d_model, first = self.sizes.d_model, self.unfused(0, 1)
        bare = (first[role] for role in _REQUIRED if role not in self.module_weights)
        return any(tensor.ndim in (2, 3) and tensor.shape[-2:] == (d_model, d_model) for tensor in bare)

    def named(self, n_heads: int, transposed: bool) -> dict[str, Tensor]:
        """The tensors by the names and with the axes of `transformer_shapes`.

        Raises:
            UnreadableRun: a shape fits neither order of axes, or contradicts another one.
        """
        d_model, tensors = self.sizes.d_model, {}
        for layer in range(len(self.layers)):
            stored = self.unfused(layer, n_heads)
            layout = self._layout(stored, d_model, transposed)
            oriented = orient(stored, d_model, n_heads, layout, self.source, grouped=True)
            for role in (*_REQUIRED, "W_gate", *_ATTENTION_BIASES, *_MLP_BIASES):
                if role in oriented:
                    place = "attn" if role[2:] in "QKVO" else "mlp"
                    tensors[f"blocks.{layer}.{place}.{role}"] = oriented[role]
            for role, tensor in self.layers[layer].items():
                if role.startswith("ln"):
                    tensors[f"blocks.{layer}.{role}"] = tensor.flatten()
            if layer == 0:
                places = {"W_E": "embed", "W_pos": "pos_embed", "W_U": "unembed", "b_U": "unembed"}
                tensors |= {f"{place}.{role}": oriented[role] for role, place in places.items() if role in oriented}
        if "W_E_y" in self.shared:
            second = {**self.unfused(0, n_heads), "W_E": self.shared["W_E_y"]}
            layout = self._layout(second, d_model, transposed)
            tensors["embed_y.W_E"] = orient(second, d_model, n_heads, layout, self.source, grouped=True)["W_E"]
        tensors |= {role: tensor.flatten() for role, tensor in self.shared.items() if role.startswith("ln")}
        return tensors


def _split_fused(tensor: Tensor, n_parts: int, n_heads: int, source: str) -> tuple[Tensor, ...]:
    """Queries, keys and values from one tensor: one after the other, or alternating head by head.

    Raises:
        UnreadableRun: the longer axis is not a multiple.
    """
    axis = 0 if tensor.ndim == 1 or tensor.shape[0] >= tensor.shape[1] else 1
    if tensor.ndim > 2 or tensor.shape[axis] % (n_parts * n_heads):
        raise UnreadableRun(
            f"{source}: a tensor of fused queries, keys and values has shape {list(tensor.shape)}; "
            f"expected an axis of {n_parts} equal parts."
        )
    pattern = "(h part e) ... -> part (h e) ..." if axis == 0 else "d (h part e) -> part d (h e)"
    return tuple(rearrange(tensor, pattern, h=n_heads, part=n_parts))


def stored_transformer(tensors: Mapping[str, Tensor], source: str) -> StoredTransformer | None:
    """A transformer by the names of its tensors; None if they are not those of one that is supported."""
    found = places(tensors)
    if None in found.values():
        return None
    known = {name: place for name, place in found.items() if place is not None and place.role != IGNORE}
    layers = _by_layer(known, tensors)
    shared = {place.role: tensors[name] for name, place in known.items() if place.layer is None}
    if layers is None or "W_E" not in shared or len(shared) < sum(p.layer is None for p in known.values()):
        return None
    return StoredTransformer(
        shared=shared,
        layers=layers,
        module_weights=frozenset(place.role for place in known.values() if place.is_module_weight)
        | _parts_of_fused(known.values()),
        has_rotary_buffers=len(known) < len(found),
        names_rms=names_rms(tensors),
        source=source,
    )


def _parts_of_fused(known: Iterable[Place]) -> frozenset[str]:
    """The roles of what a fused module weight holds."""
    fused = [place.role.removesuffix(_BY_HEAD)[2:] for place in known if place.is_module_weight]
    return frozenset(f"W_{part}" for parts in fused if parts in ("QKV", "KV") for part in parts)


def _by_layer(known: Mapping[str, Place], tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], ...] | None:
    """The tensors of each layer by role; None if a role is repeated or missing, or the layers differ."""
    numbers = sorted({place.layer for place in known.values() if place.layer is not None})
    if not numbers or numbers != list(range(len(numbers))):
        return None
    layers: list[dict[str, Tensor]] = [{} for _ in numbers]
    for name, place in known.items():
        if place.layer is not None:
            if place.role in layers[place.layer]:
                return None
            layers[place.layer][place.role] = tensors[name]
    roles = {role.removesuffix(_BY_HEAD) for role in layers[0]}
    parts = {f"W_{part}" for role in roles if role in ("W_QKV", "W_KV") for part in role[2:]} | roles
    complete = all(role in parts for role in _REQUIRED)
    return tuple(layers) if complete and all(layer.keys() == layers[0].keys() for layer in layers) else None
