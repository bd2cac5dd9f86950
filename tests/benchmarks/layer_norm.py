"""The bundled run with LayerNorm in its network: what the general path costs for the same sizes.

Nobody trained this network, so it does not solve the task; times do not depend on that.
"""

from __future__ import annotations

from pathlib import Path

import torch

from engine import open_run
from engine.networks.named_weights import NamedWeights
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_weights import transformer_shapes
from engine.networks.weights import Weights
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.run import Run
from tests.engine.networks.test_transformer import as_transformer, named

DEMO = Path(__file__).parents[2] / "grok_tui" / "demo"


def with_layer_norm(run: Run, epoch: int) -> tuple[NamedWeights, TransformerConfig]:
    """The network of a checkpoint with a LayerNorm before attention, MLP and unembedding."""
    weights, config = run.weights(epoch), as_transformer(run.config, norms=("ln1", "ln2", "ln_final"))
    assert isinstance(weights, Weights)
    return NamedWeights.of(named(weights.to(torch.float32)), transformer_shapes(config), "the bundled run"), config


def write_layer_norm_run(path: Path) -> Path:
    """A native run of that network, with the epochs of the bundled one."""
    run = open_run(DEMO)
    for epoch in run.epochs:
        weights, config = with_layer_norm(run, epoch)
        if epoch == run.epochs[0]:
            write_run(path, config, run.split)
        write_checkpoint(path, epoch, weights, torch.float32)
    return path
