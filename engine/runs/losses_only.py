"""A folder with the losses of a run but no checkpoint."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from engine.networks.weights import Weights
from engine.runs.losses.recorded_losses import losses_beside
from engine.runs.run import Checkpoint, Run
from engine.runs.unknown_config import UnknownConfig, needs_weights

CONTAINER = "losses only"


def open_losses_only(path: Path) -> Run | None:
    """Open the losses in a folder without checkpoints; None if it has none.

    The epochs of the run are those of its losses; loading the weights of one raises NeedsWeights.

    Raises:
        OSError: the folder cannot be listed.
    """
    losses, warnings = losses_beside(path)
    if losses is None:
        return None
    name = path.resolve().name
    return Run(
        name=name,
        path=path,
        container=CONTAINER,
        config=UnknownConfig(name),
        checkpoints=tuple(Checkpoint(epoch, partial(_no_weights, name)) for epoch in losses.epochs.tolist()),
        losses=losses,
        warnings=warnings,
    )


def _no_weights(run: str) -> Weights:
    raise needs_weights(run)
