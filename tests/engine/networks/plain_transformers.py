"""Transformers as people write them: torch's own modules, GPT-2, Llama; and their weights by name.

Each module returns the logits of all pairs [x, y, z] and stores the activations of its MLPs, `pre` and `post`
[x, y, position, neuron] by layer, and the attention [x, y, head, query, key].
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

Tensors = dict[str, Tensor]


def prompts(p: int, slots: tuple[str | int, ...]) -> Tensor:
    """The tokens of every prompt. [x * y, position]"""
    x, y = torch.arange(p)[:, None].expand(p, p), torch.arange(p).expand(p, p)
    columns = [{"x": x, "y": y}[slot] if isinstance(slot, str) else torch.full((p, p), slot) for slot in slots]
    return torch.stack(columns, dim=-1).flatten(0, 1)


class TorchEncoder(nn.Module):
    """nn.TransformerEncoder with learned positions."""

    def __init__(self, d_vocab: int, n_ctx: int, n_layers: int, norm_first: bool, activation: str, bias: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(d_vocab, 8)
        self.pos = nn.Parameter(torch.randn(n_ctx, 8))
        layer = nn.TransformerEncoderLayer(
            8, 2, 16, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first, bias=bias
        )
        self.encoder = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
        self.output = nn.Linear(8, d_vocab)

    def forward(self, tokens: Tensor, causal: bool, read: int | str) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]).to(self.pos) if causal else None
        out = self.encoder(self.embed(tokens) + self.pos, mask=mask)
        out = out.mean(dim=1) if read == "mean" else out[:, {"last": -1, "first": 0}.get(read, read)]
        return self.output(out)

    def named(self) -> Tensors:
        state = self.state_dict()
        tensors = {
            "embed.W_E": state["embed.weight"],
            "pos_embed.W_pos": state["pos"],
            "unembed.W_U": state["output.weight"].T,
            "unembed.b_U": state["output.bias"],
        }
        for layer in range(len(self.encoder.layers)):
            here, block = f"encoder.layers.{layer}", f"blocks.{layer}"
            for part, W in zip("QKV", state[f"{here}.self_attn.in_proj_weight"].chunk(3), strict=True):
                tensors[f"{block}.attn.W_{part}"] = rearrange(W, "(h e) d -> h d e", h=2)
            tensors[f"{block}.attn.W_O"] = rearrange(
                state[f"{here}.self_attn.out_proj.weight"], "d (h e) -> h e d", h=2
            )
            tensors[f"{block}.mlp.W_in"] = state[f"{here}.linear1.weight"].T
            tensors[f"{block}.mlp.W_out"] = state[f"{here}.linear2.weight"].T
            for number in (1, 2):
                tensors[f"{block}.ln{number}.w"] = state[f"{here}.norm{number}.weight"]
            if f"{here}.linear1.bias" not in state:
                continue
            for part, b in zip("QKV", state[f"{here}.self_attn.in_proj_bias"].chunk(3), strict=True):
                tensors[f"{block}.attn.b_{part}"] = rearrange(b, "(h e) -> h e", h=2)
            tensors[f"{block}.attn.b_O"] = state[f"{here}.self_attn.out_proj.bias"]
            tensors[f"{block}.mlp.b_in"] = state[f"{here}.linear1.bias"]
            tensors[f"{block}.mlp.b_out"] = state[f"{here}.linear2.bias"]
            for number in (1, 2):
                tensors[f"{block}.ln{number}.b"] = state[f"{here}.norm{number}.bias"]
        return tensors


class GPT2(nn.Module):
    """GPT-2 with two heads, written plainly: fused keys and values, a causal mask, a tied unembedding."""

    def __init__(self, d_vocab: int, n_ctx: int, n_layers: int) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(d_vocab, 8), nn.Embedding(n_ctx, 8)
        self.h = nn.ModuleList(
            nn.ModuleDict(
                {
                    "ln_1": nn.LayerNorm(8),
                    "attn": nn.ModuleDict({"c_attn": nn.Linear(8, 24), "c_proj": nn.Linear(8, 8)}),
                    "ln_2": nn.LayerNorm(8),
                    "mlp": nn.ModuleDict({"c_fc": nn.Linear(8, 16), "c_proj": nn.Linear(16, 8)}),
                }
            )
            for _ in range(n_layers)
        )
        self.ln_f = nn.LayerNorm(8)
        self.pre: list[Tensor] = []
        self.post: list[Tensor] = []
        self.attention: list[Tensor] = []

    def forward(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.wte(tokens) + self.wpe(torch.arange(length))
        self.pre, self.post, self.attention = [], [], []
        for block in self.h:
            q, k, v = block["attn"]["c_attn"](block["ln_1"](x)).split(8, dim=2)
            q, k, v = (rearrange(part, "b t (h e) -> b h t e", h=2) for part in (q, k, v))
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(4)
            scores = scores.masked_fill(torch.ones(length, length).triu(1) == 1, -math.inf)
            self.attention.append(scores.softmax(-1))
            x = x + block["attn"]["c_proj"](rearrange(scores.softmax(-1) @ v, "b h t e -> b t (h e)"))
            self.pre.append(block["mlp"]["c_fc"](block["ln_2"](x)))
            self.post.append(F.gelu(self.pre[-1], approximate="tanh"))
            x = x + block["mlp"]["c_proj"](self.post[-1])
        return self.ln_f(x)[:, -1] @ self.wte.weight.T

    def named(self) -> Tensors:
        tensors = {
            "embed.W_E": self.wte.weight,
            "pos_embed.W_pos": self.wpe.weight,
            "ln_final.w": self.ln_f.weight,
            "ln_final.b": self.ln_f.bias,
            "unembed.W_U": self.wte.weight.T,
        }
        for layer, block in enumerate(self.h):
            here = f"blocks.{layer}"
            for number in (1, 2):
                tensors |= {f"{here}.ln{number}.w": block[f"ln_{number}"].weight}
                tensors |= {f"{here}.ln{number}.b": block[f"ln_{number}"].bias}
            fused = block["attn"]["c_attn"]
            for part, W, b in zip("QKV", fused.weight.chunk(3), fused.bias.chunk(3), strict=True):
                tensors[f"{here}.attn.W_{part}"] = rearrange(W, "(h e) d -> h d e", h=2)
                tensors[f"{here}.attn.b_{part}"] = rearrange(b, "(h e) -> h e", h=2)
            tensors[f"{here}.attn.W_O"] = rearrange(block["attn"]["c_proj"].weight, "d (h e) -> h e d", h=2)
            tensors[f"{here}.attn.b_O"] = block["attn"]["c_proj"].bias
            tensors[f"{here}.mlp.W_in"], tensors[f"{here}.mlp.b_in"] = (
                block["mlp"]["c_fc"].weight.T,
                block["mlp"]["c_fc"].bias,
            )
            tensors[f"{here}.mlp.W_out"] = block["mlp"]["c_proj"].weight.T
            tensors[f"{here}.mlp.b_out"] = block["mlp"]["c_proj"].bias
        return {name: tensor.detach() for name, tensor in tensors.items()}


class Llama(nn.Module):
    """Llama with four query heads, two key-value heads, written plainly: rotary positions, RMSNorm, SwiGLU."""

    def __init__(self, d_vocab: int, n_layers: int, neighbours: bool = False) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.embed_tokens = nn.Embedding(d_vocab, 8)
        shapes = {"q_proj": (8, 16), "k_proj": (8, 8), "v_proj": (8, 8), "o_proj": (16, 8)}
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    "input_layernorm": nn.RMSNorm(8, eps=1e-6),
                    "self_attn": nn.ModuleDict({n: nn.Linear(*s, bias=False) for n, s in shapes.items()}),
                    "post_attention_layernorm": nn.RMSNorm(8, eps=1e-6),
                    "mlp": nn.ModuleDict(
                        {
                            "gate_proj": nn.Linear(8, 12, bias=False),
                            "up_proj": nn.Linear(8, 12, bias=False),
                            "down_proj": nn.Linear(12, 8, bias=False),
                        }
                    ),
                }
            )
            for _ in range(n_layers)
        )
        self.norm = nn.RMSNorm(8, eps=1e-6)
        self.lm_head = nn.Linear(8, d_vocab, bias=False)
        self.pre: list[Tensor] = []
        self.post: list[Tensor] = []

    def forward(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.embed_tokens(tokens)
        self.pre, self.post = [], []
        for block in self.layers:
            read, attn = block["input_layernorm"](x), block["self_attn"]
            q, k, v = (rearrange(attn[f"{part}_proj"](read), "b t (h e) -> b h t e", e=4) for part in "qkv")
            q, k = self._turn(q), self._turn(k)
            z = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = x + attn["o_proj"](rearrange(z, "b h t e -> b t (h e)"))
            read, mlp = block["post_attention_layernorm"](x), block["mlp"]
            self.pre.append(mlp["gate_proj"](read))
            self.post.append(F.silu(self.pre[-1]) * mlp["up_proj"](read))
            x = x + mlp["down_proj"](self.post[-1])
        assert x.shape[1] == length
        return self.lm_head(self.norm(x)[:, -1])

    def _turn(self, heads: Tensor) -> Tensor:
        """As complex numbers: e^(i position theta). [pair, head, position, d_head]"""
        theta = 10_000.0 ** (-torch.arange(0, 4, 2).double() / 4)
        turns = torch.polar(torch.ones(heads.shape[2], 2).double(), torch.arange(heads.shape[2])[:, None] * theta)
        order = "b h t (pair part) -> b h t pair part" if self.neighbours else "b h t (part pair) -> b h t pair part"
        turned = torch.view_as_complex(rearrange(heads, order, part=2).double().contiguous()) * turns
        back = "b h t pair part -> b h t (pair part)" if self.neighbours else "b h t pair part -> b h t (part pair)"
        return rearrange(torch.view_as_real(turned), back).to(heads)

    def named(self) -> Tensors:
        tensors = {
            "embed.W_E": self.embed_tokens.weight,
            "ln_final.w": self.norm.weight,
            "unembed.W_U": self.lm_head.weight.T,
        }
        for layer, block in enumerate(self.layers):
            here, attn, mlp = f"blocks.{layer}", block["self_attn"], block["mlp"]
            tensors[f"{here}.ln1.w"] = block["input_layernorm"].weight
            tensors[f"{here}.ln2.w"] = block["post_attention_layernorm"].weight
            for part in "QKV":
                tensors[f"{here}.attn.W_{part}"] = rearrange(
                    attn[f"{part.lower()}_proj"].weight, "(h e) d -> h d e", e=4
                )
            tensors[f"{here}.attn.W_O"] = rearrange(attn["o_proj"].weight, "d (h e) -> h e d", e=4)
            tensors[f"{here}.mlp.W_gate"] = mlp["gate_proj"].weight.T
            tensors[f"{here}.mlp.W_in"] = mlp["up_proj"].weight.T
            tensors[f"{here}.mlp.W_out"] = mlp["down_proj"].weight.T
        return {name: tensor.detach() for name, tensor in tensors.items()}
