"""A hand-built network that adds or subtracts modulo p like a grokked network, with known frequencies and phases."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.networks.config import ModelConfig, Operation
from engine.networks.weights import Weights, weight_shapes

DEAD, ALWAYS_ON, MIXED = 0, 1, 2  # the neurons of the rest, in this order; the tuned neurons follow


@dataclass(frozen=True, eq=False)
class KnownNetwork:
    """One neuron for each key frequency k and each token m, with pre-activation `cos w_k(x - m) + cos w_k(y - m)`.

    By symmetry, its activation on `w_k(x + y)` has the phase `2 w_k m`. Its output to the logits is
    `cos(w_k z - 2 w_k m - lag)`: without lag the largest logit is at z = x + y. The first three neurons are the rest:
    one that is never active, one that is always active (`3 +` the first frequency, so it has no products) and one on
    which two frequencies have equal shares. The subtracting network is the same with -y in place of y.
    """

    config: ModelConfig
    weights: Weights
    frequency: Tensor  # [tuned neuron]
    phase: Tensor  # [tuned neuron], from -pi to pi


def known_network(
    p: int = 11, keys: tuple[int, int] = (2, 5), lag: float = 0.0, operation: Operation = "add"
) -> KnownNetwork:
    """One-hot embedding, attention that sums x and y, the W_logit described above, no direct path around the MLP."""
    k = torch.tensor(keys, dtype=torch.float64).repeat_interleave(p)
    m = torch.arange(p, dtype=torch.float64).repeat(len(keys))
    w, token = 2 * math.pi / p, torch.arange(p, dtype=torch.float64)
    tuned_in = torch.cos(w * k * (token[:, None] - m))  # [token, neuron]
    first, second = (torch.cos(w * key * token) for key in keys)
    rest_in = torch.stack([torch.zeros(p), first, first + second], dim=1)
    rest_bias = torch.tensor([-1.0, 3.0, 5.0], dtype=torch.float64)
    d_mlp, d_model = 3 + len(k), 2 * p + 3  # the MLP output and the positions have their own dimensions
    standard = ModelConfig.standard(p=p, d_model=d_model, n_heads=1, d_mlp=d_mlp, operation=operation)
    config = standard if operation == "add" else replace(standard, n_heads=2)
    w_of = {name: torch.zeros(shape, dtype=torch.float64) for name, shape in weight_shapes(config).items()}
    w_of["W_E"][:, : p + 1] = torch.eye(p + 1)
    (_attend_alike if operation == "add" else _attend_apart)(w_of, p)
    w_of["W_in"][:p] = torch.cat([rest_in, tuned_in], dim=1)
    w_of["b_in"][:3] = rest_bias
    w_of["W_out"][3:, p + 1 : 2 * p + 1] = torch.cos(w * k[:, None] * (token - 2 * m[:, None]) - lag)
    w_of["W_U"][p + 1 : 2 * p + 1, :p] = torch.eye(p)
    angle = w * (2 * k * m)
    return KnownNetwork(config, Weights(**w_of), k.long(), torch.atan2(angle.sin(), angle.cos()))


def _attend_alike(w_of: dict[str, Tensor], p: int) -> None:
    """One head that attends equally to the three positions and sums the one-hot x and y."""
    w_of["W_V"][0] = 3 * torch.eye(2 * p + 3)
    w_of["W_O"][0] = torch.eye(2 * p + 3)


def _attend_apart(w_of: dict[str, Tensor], p: int) -> None:
    """Two heads: one attends to x and outputs x, the other attends to y and outputs -y."""
    minus = -torch.arange(p) % p
    for head, output in enumerate((torch.arange(p), minus)):
        w_of["W_pos"][head, 2 * p + 1 + head] = 1
        w_of["W_Q"][head, p, 0] = 1e4  # the query of `=`
        w_of["W_K"][head, 2 * p + 1 + head, 0] = 1
        w_of["W_V"][head, :p, :p] = torch.eye(p)
        w_of["W_O"][head, :p, :p] = torch.eye(p)[output]
