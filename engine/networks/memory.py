"""What a model needs of memory and what there is, compared before anything large is made.

Everything over p^3 or p^2 d_mlp is processed in slabs, so that what is left grows with p^2: attention patterns and
their copies, tables over tokens, and the sums behind the measures.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch

from engine.errors import GrokError
from engine.networks.config import ModelConfig, TrainingConfig
from engine.networks.folded import slab_bytes

_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")
_GRIDS = 120  # float64 grids over the pairs: sums, losses by frequency, maps and tables of views
_BESIDES = 64 << 20  # what libraries set up on first use
_SLABS = 8  # a slab of activations with its transform, logits and float64 logits


class NotEnoughMemory(GrokError):
    """A model larger than the memory that is free."""


def bytes_needed(config: ModelConfig, dtype: torch.dtype) -> int:
    """The most that folding a checkpoint and taking every measure of it takes at once; somewhat more than it does."""
    p, d_mlp, n_ctx = config.p, config.d_mlp, config.prompt.n_ctx
    sources = config.n_heads * n_ctx + 1
    patterns = 5 * p**2 * sources  # scores, scaled, softmax, and the two sorted copies of it
    tables = 2 * p * sources * (d_mlp + p)
    blocks = 2 * 9 * config.n_frequencies * d_mlp
    of_dtype = (patterns + tables + blocks) * dtype.itemsize
    in_float64 = 8 * (p * sources * max(d_mlp, p) + p**2 * config.n_heads)  # tables and scores before they are rounded
    return of_dtype + in_float64 + 8 * _GRIDS * p**2 + _BESIDES + _SLABS * slab_bytes(config, dtype)


def bytes_needed_to_train(config: ModelConfig, training: TrainingConfig) -> int:
    """The most that a training step or its test takes at once: activations of all its pairs, and their gradients."""
    p, width = config.p, config.n_heads * config.d_head
    activations = (8 if training.dtype == "float64" else 4) * (4 * config.d_mlp + 8 * width + 2 * config.d_vocab_out)
    log_probabilities = 8 * 3 * config.d_vocab_out
    pairs = p**2 * max(training.frac_train, 1 - training.frac_train)
    return int(pairs * (activations + log_probabilities)) + _BESIDES


def require_memory(needed: int, what: str, remedy: str, device: torch.device | str = "cpu") -> None:
    """Go on only if there is room for `needed` bytes; where the system does not say what is free, always.

    Raises:
        NotEnoughMemory: there is less; the sentence says what is needed, what is there and what to do.
    """
    there = bytes_available(torch.device(device))
    if there is not None and needed > there:
        raise NotEnoughMemory(
            f"{what} needs about {_gigabytes(needed)} of memory, but only {_gigabytes(there)} is free; {remedy}."
        )


def require_memory_for_network(config: ModelConfig, dtype: torch.dtype, device: torch.device) -> None:
    """`require_memory` for everything that is asked of a checkpoint.

    Raises:
        NotEnoughMemory: there is less.
    """
    name = str(dtype).removeprefix("torch.")
    smaller = "open a run with a smaller p, or use a machine with more memory"
    remedy = f"pass --dtype float32, {smaller}" if dtype == torch.float64 else smaller
    require_memory(bytes_needed(config, dtype), f"A network with p = {config.p:,} in {name}", remedy, device)


def bytes_available(device: torch.device) -> int | None:
    """What can be taken without anything being killed or swapped; None where the system does not say."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    known = [size for size in (_system_available(), container_memory_available()) if size is not None]
    return min(known) if known else None


def _system_available() -> int | None:
    """Linux says what is available; elsewhere what is installed is at least a bound."""
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def container_memory_available(
    groups: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")
) -> int | None:
    """What the tightest limit of the container or service that this process runs in leaves; control groups 2 and 1."""
    left = []
    for line in _lines(groups):
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            top = mount / controllers
            names = ("memory.max", "memory.current") if not controllers else _VERSION_1
            inner = top / path.strip("/")
            folders = [inner, *(folder for folder in inner.parents if folder.is_relative_to(top))]
            left += [room for folder in folders if (room := _left_in(folder, *names)) is not None]
    return max(min(left), 0) if left else None


def _left_in(folder: Path, limit_name: str, used_name: str) -> int | None:
    """What one group leaves, the file cache that it can give back included; None without a limit."""
    limit, used = _lines(folder / limit_name), _lines(folder / used_name)
    if not (limit and used and limit[0].isdecimal()):
        return None
    cached = (line.split()[1] for line in _lines(folder / "memory.stat") if line.startswith("inactive_file "))
    return int(limit[0]) - int(used[0]) + int(next(cached, 0))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.0f} MiB"
