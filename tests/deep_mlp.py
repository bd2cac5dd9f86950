"""A run of an MLP with two hidden layers of different widths, p = 7: a folder of state dicts."""

from __future__ import annotations

from pathlib import Path

import torch

P, WIDTHS = 7, (14, 10)


def write_checkpoint(folder: Path, epoch: int) -> None:
    """Weights that are random, but the same each time."""
    generator = torch.Generator().manual_seed(epoch)
    sizes = (P, *WIDTHS, P)
    state = {
        f"layers.{2 * layer}.weight": torch.randn(sizes[layer + 1], sizes[layer], generator=generator)
        for layer in range(len(sizes) - 1)
    }
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"model": state, "epoch": epoch}, folder / f"step_{epoch}.pt")


def write_deep_mlp(folder: Path, epochs: tuple[int, ...] = (0, 10, 20)) -> Path:
    for epoch in epochs:
        write_checkpoint(folder, epoch)
    return folder
