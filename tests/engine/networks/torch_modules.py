"""Small models as people write them in PyTorch, with the weights of the networks that the engine knows."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.config import ModelConfig
from engine.networks.weights import Weights


class StudyTransformer(nn.Module):
    """The study's network for any prompt; `act` is a module, `softmax` returns the attention pattern."""

    def __init__(self, config: ModelConfig, act: nn.Module | None = None) -> None:
        super().__init__()
        h, d, e, m = config.n_heads, config.d_model, config.d_head, config.d_mlp
        self.embed = nn.Embedding(config.d_vocab, d)
        self.pos = nn.Parameter(torch.zeros(config.prompt.n_ctx, d))
        self.W_Q, self.W_K, self.W_V = (nn.Parameter(torch.zeros(h, d, e)) for _ in "qkv")
        self.b_Q, self.b_K, self.b_V = (nn.Parameter(torch.zeros(h, e)) for _ in "qkv")
        self.W_O, self.b_O = nn.Parameter(torch.zeros(h, e, d)), nn.Parameter(torch.zeros(d))
        self.softmax = nn.Softmax(dim=-1)
        self.fc1, self.act, self.fc2 = nn.Linear(d, m), act or nn.ReLU(), nn.Linear(m, d)
        self.unembed = nn.Linear(d, config.d_vocab_out)

    def forward(self, tokens: Tensor) -> Tensor:
        n = tokens.shape[1]
        residual = self.embed(tokens) + self.pos[:n]
        q, k, v = (
            torch.einsum("bpd,hde->bhpe", residual, W) + b[:, None]
            for W, b in ((self.W_Q, self.b_Q), (self.W_K, self.b_K), (self.W_V, self.b_V))
        )
        scores = (q @ k.mT) / math.sqrt(q.shape[-1])
        hidden = torch.ones(n, n, dtype=torch.bool, device=tokens.device).triu(1)
        pattern = self.softmax(scores.masked_fill(hidden, -torch.inf))
        residual = residual + torch.einsum("bhpe,hed->bpd", pattern @ v, self.W_O) + self.b_O
        residual = residual + self.fc2(self.act(self.fc1(residual)))
        return self.unembed(residual)


def study_transformer(weights: Weights, config: ModelConfig, act: nn.Module | None = None) -> StudyTransformer:
    """The study's network with these weights."""
    module = StudyTransformer(config, act).to(weights.dtype)
    module.load_state_dict(study_state(weights))
    return module


def study_state(weights: Weights) -> dict[str, Tensor]:
    """The state dict of `StudyTransformer` with these weights."""
    w = weights
    same = {name: getattr(w, name) for name in ("W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "W_O", "b_O")}
    linear = {
        "fc1": (w.W_in, w.b_in),
        "fc2": (w.W_out, w.b_out),
        "unembed": (w.W_U, w.b_U),
    }
    layers = {f"{name}.weight": W.T for name, (W, _) in linear.items()}
    biases = {f"{name}.bias": b for name, (_, b) in linear.items()}
    return {"embed.weight": w.W_E, "pos": w.W_pos, **same, **layers, **biases}


class TwoNumberMlp(nn.Module):
    """An MLP that is called with two tensors; its activation function is no module."""

    def __init__(self, p: int, d_embed: int, n_neurons: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(p, d_embed)
        self.fc1, self.fc2 = nn.Linear(2 * d_embed, n_neurons), nn.Linear(n_neurons, p)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(torch.cat([self.embed(x), self.embed(y)], dim=-1))))


class OneHotMlp(nn.Module):
    """An MLP of one-hot vectors, of which x and y are concatenated."""

    def __init__(self, p: int, n_neurons: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2 * p, n_neurons), nn.ReLU(inplace=True), nn.Linear(n_neurons, p))

    def forward(self, one_hot: Tensor) -> Tensor:
        return self.net(one_hot)


def one_hot_pairs(p: int, dtype: torch.dtype) -> Callable[[Tensor, Tensor], Tensor]:
    """The input of `OneHotMlp` for a batch of pairs."""
    return lambda x, y: torch.cat([F.one_hot(x, p), F.one_hot(y, p)], dim=-1).to(dtype)
