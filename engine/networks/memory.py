"""Estimate the memory that an operation needs and refuse it, before it starts, if less is available.

Everything that grows with p^3 or p^2 d_mlp is processed in slabs. What remains grows with p^2: attention patterns and
copies of them, token tables, and the sums behind the metrics.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import torch

from engine.errors import GrokError
from engine.networks.config import ModelConfig
from engine.networks.mlp_config import MlpConfig
from engine.networks.module_config import KEPT_BYTES, ModuleConfig
from engine.networks.network_config import NetworkConfig
from engine.networks.slabs import slab_bytes
from engine.networks.trainable_config import TrainableConfig, as_transformer, has_pair_step
from engine.networks.training_config import TrainingConfig
from engine.networks.transformer_config import TransformerConfig

_CGROUP_V1_FILES = ("memory.limit_in_bytes", "memory.usage_in_bytes")
_CGROUP_V2_FILES = ("memory.max", "memory.current")
_NO_LIMIT = 1 << 62  # of v1, which writes the largest multiple of a page
_FLOAT64_GRIDS = 120  # grids over the pairs: sums, losses by frequency, maps and tables of views
_OVERHEAD_BYTES = 64 << 20  # what libraries allocate on first use
_AUTOGRAD_BYTES = 32 << 20  # the same of a first backward pass
_SLABS = 10  # activations and copies of them in order, padded and compared; logits, ordered, in float64, and their odds


class NotEnoughMemory(GrokError):
    """The network needs more memory than is available."""


def bytes_needed(config: NetworkConfig, dtype: torch.dtype) -> int:
    """Upper bound on the memory to build the network of a checkpoint and compute all its metrics."""
    p, n_neurons = config.p, config.n_neurons
    blocks = 2 * 9 * config.n_frequencies * n_neurons * dtype.itemsize
    widest = n_neurons
    if isinstance(config, ModelConfig):
        network = _folded_bytes(config, dtype)
    elif isinstance(config, TransformerConfig):
        network = _transformer_bytes(config, dtype)
        widest = max(n_neurons, 6 * config.prompt.n_ctx * max(config.d_model, config.n_heads * config.d_head))
    elif isinstance(config, MlpConfig):
        widest = max(config.hidden)
        network = 8 * 4 * (config.p + config.d_embed) * widest + dtype.itemsize * 6 * p**2
    elif isinstance(config, ModuleConfig):
        kept = config.kept_bytes(dtype.itemsize)
        pattern = config.p**2 * config.n_heads * config.n_attended * dtype.itemsize
        network = 2 * (pattern + (kept if kept <= KEPT_BYTES else 0))
        widest = 6 * config.n_positions * max(n_neurons, config.d_model)  # what else its modules compute is not known
    else:
        network = 0
    grids = 8 * _FLOAT64_GRIDS * p**2
    return network + blocks + grids + _OVERHEAD_BYTES + _SLABS * slab_bytes(p, widest, dtype)


def _folded_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    """Attention patterns and token tables."""
    p, d_mlp, n_ctx = config.p, config.d_mlp, config.prompt.n_ctx
    sources = config.n_heads * n_ctx + 1
    patterns = 5 * p**2 * sources  # scores, scaled scores, softmax, and two copies of it sorted by token
    tables = 2 * p * sources * (d_mlp + p)
    in_float64 = 8 * (p * sources * max(d_mlp, p) + p**2 * config.n_heads)  # tables and scores before rounding
    return (patterns + tables) * dtype.itemsize + in_float64


def _transformer_bytes(config: TransformerConfig, dtype: torch.dtype) -> int:
    """The residual stream before the neurons on show and attention, in slabs and put together, and the weights."""
    n_ctx, is_last = config.prompt.n_ctx, config.shown_layer == config.n_layers - 1
    n_positions = 1 if is_last and config.read_index is not None else n_ctx
    streams = 2 * config.p**2 * (n_positions * config.d_model + config.n_heads * n_ctx)
    by_layer = config.d_model * (4 * config.n_heads * config.d_head + 3 * config.d_mlp)
    embeddings = config.d_model * (2 * config.d_vocab + config.d_vocab_out)
    return dtype.itemsize * (streams + 2 * (config.n_layers * by_layer + embeddings))


def bytes_needed_to_train(config: TrainableConfig, training: TrainingConfig) -> int:
    """Upper bound on the memory of training: activations of all pairs, and gradients of the train pairs."""
    if not isinstance(config, ModelConfig) or not has_pair_step(config, training):
        return _bytes_of_autograd(config, training)
    h, he, d_mlp, d_out = config.n_heads, config.n_heads * config.d_head, config.d_mlp, config.d_vocab_out
    itemsize = 8 if training.dtype == "float64" else 4
    forward = itemsize * (2 * d_mlp + 4 * he + 8 * h + d_out) + 8 * 2 * d_out
    backward = itemsize * (d_mlp + 4 * he + 9 * h + d_out) + 8 * d_out
    if training.loss == "stablemax":
        forward += 8 * 2 * d_out
    pairs = config.p**2
    return int(pairs * (forward + training.frac_train * backward)) + _OVERHEAD_BYTES


def _bytes_of_autograd(config: TrainableConfig, training: TrainingConfig) -> int:
    """The same of a network that autograd trains: what it keeps of each train pair, or computes of each test pair."""
    itemsize = 8 if training.dtype == "float64" else 4
    if isinstance(config, MlpConfig):
        kept, widest = 4 * sum(config.hidden), 5 * max(config.hidden)
        n_parameters = sum(a * b for a, b in pairwise((2 * max(config.d_vocab, config.d_embed), *config.hidden)))
        n_parameters += 2 * config.d_vocab * config.d_embed + config.hidden[-1] * config.d_vocab_out
    else:
        general = as_transformer(config) if isinstance(config, ModelConfig) else config
        n_ctx, width = general.prompt.n_ctx, general.n_heads * general.d_head
        n_read = n_ctx if general.read_index is None else 1  # positions of the last layer
        stream = n_ctx * (3 * general.d_model + 4 * width)  # residual stream, its norm, keys and values
        by_position = 5 * general.d_model + 4 * width + 4 * n_ctx * (general.n_heads + width)
        by_position += (6 if general.gated else 4) * general.d_mlp
        kept = general.n_layers * stream + ((general.n_layers - 1) * n_ctx + n_read) * by_position
        widest = 2 * stream + by_position
        by_layer = general.d_model * (4 * width + 3 * general.d_mlp)
        n_parameters = general.n_layers * by_layer + 3 * general.d_vocab * general.d_model
    in_double = 10 if training.loss == "stablemax" else 5
    logits = (itemsize * 2 + 8 * in_double) * config.d_vocab_out
    by_train_pair, by_test_pair = itemsize * (kept + widest) + logits, itemsize * widest + logits
    frac = training.frac_train
    pairs = config.p**2 * max(frac * by_train_pair, (1 - frac) * by_test_pair)
    return int(pairs) + itemsize * 5 * n_parameters + _OVERHEAD_BYTES + _AUTOGRAD_BYTES


def require_memory(needed: int, what: str, remedy: str, device: torch.device | str = "cpu") -> None:
    """Check that `needed` bytes are available; pass if the system does not report how much is.

    `what` is the subject of the error message and `remedy` its advice.

    Raises:
        NotEnoughMemory: less is available.
    """
    available = bytes_available(torch.device(device))
    if available is not None and needed > available:
        raise NotEnoughMemory(
            f"{what} needs about {_format_bytes(needed)} of memory, but only {_format_bytes(available)} is free; "
            f"{remedy}."
        )


def require_memory_for_network(config: NetworkConfig, dtype: torch.dtype, device: torch.device) -> None:
    """Check that the network of a checkpoint can be built and all its metrics computed.

    Raises:
        NotEnoughMemory: less is available.
    """
    name = str(dtype).removeprefix("torch.")
    smaller = "open a run with a smaller p, or use a machine with more memory"
    remedy = f"pass --dtype float32, {smaller}" if dtype == torch.float64 else smaller
    require_memory(bytes_needed(config, dtype), f"A network with p = {config.p:,} in {name}", remedy, device)


def bytes_available(device: torch.device) -> int | None:
    """Memory that can be allocated without swapping or being killed; None if the system does not report it."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    limits = [size for size in (_system_memory_available(), container_memory_available()) if size is not None]
    return min(limits) if limits else None


def _system_memory_available() -> int | None:
    """The available memory on Linux, the installed memory on other systems."""
    for line in _read_lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def container_memory_available(
    cgroup_file: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")
) -> int | None:
    """What the memory limits of this process's container or service leave, cgroup v1 or v2; None without a limit.

    A limit on any parent group applies too.
    """
    available = []
    for line in _read_lines(cgroup_file):
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):  # v2 has no controllers in this file
            root = mount / controllers
            file_names = _CGROUP_V1_FILES if controllers else _CGROUP_V2_FILES
            group = root / path.strip("/")
            groups = [group, *(parent for parent in group.parents if parent.is_relative_to(root))]
            available += [size for folder in groups if (size := _group_available(folder, *file_names)) is not None]
    return max(min(available), 0) if available else None


def _group_available(folder: Path, limit_file: str, usage_file: str) -> int | None:
    """What the limit of one group leaves, with its file cache, which can be reclaimed; None without a limit."""
    limit = _read_lines(folder / limit_file)
    if not (limit and limit[0].isdecimal() and int(limit[0]) < _NO_LIMIT):
        return None
    usage = _read_lines(folder / usage_file)
    if not usage:
        return None
    file_cache = (line.split()[1] for line in _read_lines(folder / "memory.stat") if line.startswith("inactive_file "))
    return int(limit[0]) - int(usage[0]) + int(next(file_cache, 0))


def _read_lines(path: Path) -> list[str]:
    """The lines of a file; none if it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _format_bytes(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.0f} MiB"
