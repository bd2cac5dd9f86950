"""What training needs to go on as if it had never stopped: parameters, Adam's moments, the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.config import ModelConfig, TrainingConfig
from engine.errors import GrokError, UnreadableRun
from engine.pair_model import initial_weights
from engine.runs.native import described_training, rewind, write_atomically

_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True, eq=False)
class TrainingState:
    """A run at one epoch, its losses up to there recorded; epoch None: nothing is recorded yet."""

    epoch: int | None
    parameters: dict[str, Tensor]
    optimiser: torch.optim.AdamW


def begin(config: ModelConfig, training: TrainingConfig, device: torch.device | str) -> TrainingState:
    """Fresh parameters, drawn on the CPU so that every device starts alike."""
    drawn = initial_weights(config, training.seed)
    parameters = {name: tensor.to(device).requires_grad_() for name, tensor in drawn.items()}
    optimiser = torch.optim.AdamW(
        list(parameters.values()),
        lr=training.lr,
        betas=training.betas,
        weight_decay=training.weight_decay,
        fused=True,
    )
    return TrainingState(None, parameters, optimiser)


def save_state(path: Path, state: TrainingState, epoch: int) -> None:
    """Write `resume.safetensors`; the step count is the epoch."""
    tensors = {f"param/{name}": tensor.detach() for name, tensor in state.parameters.items()}
    for name, tensor in state.parameters.items():
        for moment in _MOMENTS:
            kept = state.optimiser.state[tensor].get(moment)
            tensors[f"{moment}/{name}"] = torch.zeros_like(tensor) if kept is None else kept
    on_cpu = {name: tensor.to("cpu").contiguous() for name, tensor in tensors.items()}
    write_atomically(path / "resume.safetensors", save(on_cpu, {"epoch": str(epoch)}))


def resume(path: Path, config: ModelConfig, training: TrainingConfig, device: torch.device | str) -> TrainingState:
    """The state of the last whole checkpoint; what was recorded after it is taken back.

    Raises:
        GrokError: `path` is no run, was trained with other settings, or has no `resume.safetensors`.
    """
    recorded = described_training(path)
    if recorded != (config, training):
        raise GrokError(
            f"{path} is a run with other settings; train with its own to continue it, or into a new folder."
        )
    state = begin(config, training, device)
    file_path = path / "resume.safetensors"
    if not file_path.exists():
        rewind(path, None)
        return state
    try:
        with safe_open(file_path, framework="pt") as file:
            epoch = int(file.metadata()["epoch"])
            tensors = {name: file.get_tensor(name).to(device) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UnreadableRun(f"{file_path} cannot be resumed from ({error}).") from error
    with torch.no_grad():
        for name, tensor in state.parameters.items():
            tensor.copy_(tensors[f"param/{name}"])
            if epoch:
                moments = {moment: tensors[f"{moment}/{name}"] for moment in _MOMENTS}
                state.optimiser.state[tensor] = {"step": torch.tensor(float(epoch), device=device), **moments}
    rewind(path, epoch)
    return TrainingState(epoch, state.parameters, state.optimiser)
