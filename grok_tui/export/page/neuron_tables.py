"""The neurons of a checkpoint for a page, which computes their maps: the token tables of the network, rounded.

The pre-activations of a folded network are a sum of token tables, weighted by attention (`engine.networks.mixture`).
The tables of all neurons that belong to one head have few independent rows, so they are stored as a product:

    table[row, neuron] = sum_k U[row, k] V[k, neuron]

with the singular vectors k that matter, the strong ones in 16 bits, the weak ones in 8. Attention from a constant is a
softmax of scores that depend on one token each. Where a network is not of that form, maps of some neurons are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from engine.networks.config import ModelConfig
from engine.networks.folded import Folded
from grok_tui.export.page.arrays import ArrayPool, Json

if TYPE_CHECKING:
    from engine.networks.mixture import Mixture
    from engine.networks.network import Network

_SMALLEST = 2e-3  # singular values below this share of the largest are left out
_STRONG = 0.15  # those above this share have 16 bits
_SEPARABLE = 1e-3  # the largest deviation of scores (nats) from functions of one token
_Array = NDArray[np.float64]


@dataclass(frozen=True)
class PackedNeurons:
    """The neurons of one checkpoint as JSON, and how far the rounded maps are off."""

    json: Json
    error: float  # the largest over neurons and pairs of |rounded - exact| pre-activation over the neuron's range


@dataclass(frozen=True)
class _Source:
    """A term of the sum: which token its table is over ("x", "y", or "" for a constant), and its place in attention."""

    over: str
    table: _Array  # [token, neuron], one row for a constant
    head: int | None
    position: int | None
    stored_over: str  # "x" or "y": where the mixture has the table
    index: int  # its place there


def pack_neurons(network: Network, pool: ArrayPool) -> PackedNeurons | None:
    """The tables of all neurons; None for a network that has no such tables."""
    if not isinstance(network, Folded):
        return None
    scores = _scores(network, pool)
    if scores is None:
        return None
    sources = list(_sources(network))
    tables = {"x": torch.zeros_like(network.to_pre.table_x), "y": torch.zeros_like(network.to_pre.table_y)}
    groups = []
    for head in sorted({source.head for source in sources}, key=lambda head: (head is None, head or 0)):
        members = [source for source in sources if source.head == head]
        group, rounded = _packed(members, pool)
        groups.append(group)
        for source, table in zip(members, rounded, strict=True):
            tables[source.stored_over][:, source.index] = torch.as_tensor(table).to(tables["x"])
    rounded_network = replace(network.to_pre, table_x=tables["x"], table_y=tables["y"])
    error = _error(network.to_pre.rows(), rounded_network.rows())
    return PackedNeurons({"scores": scores, "groups": groups, "act": network.act_fn}, error)


def _error(exact: torch.Tensor, rounded: torch.Tensor) -> float:
    """The largest difference of two maps [x, y, neuron] over the range of the exact one."""
    worst = (rounded - exact).abs().amax(dim=(0, 1))
    spread = exact.amax(dim=(0, 1)) - exact.amin(dim=(0, 1))
    return float((worst / spread)[spread > 0].max()) if bool((spread > 0).any()) else 0.0


def _scores(network: Folded, pool: ArrayPool) -> Json:
    """Scores [token, head] whose softmax over positions is the attention; [] without attention, None if there are none.

    The last position has the score 0.
    """
    if network.attention is None:
        return []
    config = network.config
    if not isinstance(config, ModelConfig) or config.attn_coeff != 1:
        return None
    pattern = network.attention.double().cpu().numpy()  # [x, y, head, position]
    with np.errstate(divide="ignore"):
        relative = np.log(pattern) - np.log(pattern[..., -1:])
    scores: list[Json] = []
    for position, slot in enumerate(config.prompt.slots):
        score = relative[..., position]
        over = slot if isinstance(slot, str) else ""
        one = score[:, 0] if over == "x" else score[0] if over == "y" else score[:1, 0]  # [token, head]
        whole = one[:, None] if over == "x" else one[None]
        if not np.isfinite(score).all() or np.abs(score - whole).max() > _SEPARABLE:
            return None
        scores.append({"over": over, "values": pool.add(one)})
    return scores


def _sources(network: Folded) -> Iterator[_Source]:
    mixture: Mixture = network.to_pre
    for over, weights, tables, heads in (
        ("x", mixture.weights_x, mixture.table_x, mixture.heads_x),
        ("y", mixture.weights_y, mixture.table_y, mixture.heads_y),
    ):
        for index, head in enumerate(heads):
            table = tables[:, index].double().cpu().numpy()
            constant = bool((table == table[:1]).all())
            weight = weights[..., index]
            position = None if head is None else _position(network, weight, head)
            rows = table[:1] if constant else table
            yield _Source("" if constant else over, rows, head, position, over, index)


def _position(network: Folded, weight: torch.Tensor, head: int) -> int:
    """The position whose attention of a head is this weight [x, y]."""
    assert network.attention is not None
    pattern = network.attention[:, :, head]  # [x, y, position]
    return next(at for at in range(pattern.shape[-1]) if torch.equal(pattern[..., at], weight))


def _packed(members: Sequence[_Source], pool: ArrayPool) -> tuple[Json, list[_Array]]:
    """The tables of some sources as a product of rounded matrices, and these tables as rounded."""
    stacked = np.concatenate([source.table for source in members])
    U, S, V = np.linalg.svd(stacked, full_matrices=False)
    relative = S / max(S[0], np.finfo(float).tiny)
    kept = max(int((relative > _SMALLEST).sum()), 1)
    strong = max(int((relative[:kept] > _STRONG).sum()), 1)
    U, S, V = U[:, :kept], S[:kept], V[:kept]
    levels = np.where(np.arange(kept) < strong, 32_767, 127)
    u_scale, v_scale = (np.abs(matrix).max(axis=axis) / levels for matrix, axis in ((U, 0), (V, 1)))
    u_levels = np.round(U / np.where(u_scale > 0, u_scale, 1))
    v_levels = np.round(V / np.where(v_scale > 0, v_scale, 1)[:, None])
    scales = (u_scale * v_scale * S).astype(np.float32)
    rounded = (u_levels * scales.astype(float)) @ v_levels
    ends = np.cumsum([len(source.table) for source in members])
    group = {
        "strong": strong,
        "kept": kept,
        "rows": len(stacked),
        "scales": pool.add(scales),
        "u": [pool.add(u_levels[:, :strong], "i2"), pool.add(u_levels[:, strong:], "i1")],
        "v": [pool.add(v_levels[:strong], "i2"), pool.add(v_levels[strong:], "i1")],
        "sources": [
            {"over": source.over, "row": int(end) - len(source.table), "head": source.head, "position": source.position}
            for source, end in zip(members, ends, strict=True)
        ],
    }
    return group, np.split(rounded, ends[:-1])


def store_maps(network: Network, neurons: Sequence[int], pool: ArrayPool) -> Json:
    """The maps of some neurons, before and after the nonlinearity, in 255 levels each."""
    return {
        str(neuron): {name: _map_json(getattr(network, name)(neuron), pool) for name in ("pre", "post")}
        for neuron in neurons
    }


def _map_json(values: torch.Tensor, pool: ArrayPool) -> Json:
    array = values.double().cpu().numpy()
    low, high = float(array.min()), float(array.max())
    return {"low": low, "high": high, "values": pool.add_levels(array, low, high)}
