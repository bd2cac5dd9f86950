"""What training needs to go on as if it had never stopped: parameters, Adam's moments, the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.config import ModelConfig, TrainingConfig
from engine.networks.pair_forward import initial_weights
from engine.runs.atomic_files import write_atomically

RESUME_NAME = "resume.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq")
_DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, eq=False)
class TrainingState:
    """A model in training: what is trained, and what trains it."""

    parameters: dict[str, Tensor]
    optimiser: torch.optim.AdamW


@dataclass(frozen=True, eq=False)
class SavedState:
    """A state as it lies on disk: the epoch, which is Adam's step count too, and all tensors by name."""

    epoch: int
    tensors: Mapping[str, Tensor]


def initial_state(config: ModelConfig, training: TrainingConfig, device: torch.device | str) -> TrainingState:
    """Fresh parameters, drawn on the CPU in float32 so that every device and dtype starts alike."""
    drawn = initial_weights(config, training.seed)
    dtype = _DTYPES[training.dtype]
    parameters = {name: tensor.to(device, dtype).requires_grad_() for name, tensor in drawn.items()}
    optimiser = torch.optim.AdamW(
        list(parameters.values()),
        lr=training.lr,
        betas=training.betas,
        weight_decay=training.weight_decay,
        fused=True,
    )
    return TrainingState(parameters, optimiser)


def restore_state(state: TrainingState, saved: SavedState) -> None:
    """Put a saved state in the place of a fresh one.

    Raises:
        UnreadableRun: its tensors are not those of this model.
    """
    expected = {name: (tensor.shape, tensor.dtype) for name, tensor in _tensors(state).items()}
    found = {name: (tensor.shape, tensor.dtype) for name, tensor in saved.tensors.items()}
    if found != expected:
        wrong = sorted(name for name in expected | found if expected.get(name) != found.get(name))
        raise UnreadableRun(f"{RESUME_NAME} is not of this model ({', '.join(wrong[:3])}); train into a new folder.")
    with torch.no_grad():
        for name, tensor in state.parameters.items():
            device = tensor.device
            tensor.copy_(saved.tensors[f"param/{name}"])
            if saved.epoch:
                moments = {moment: saved.tensors[f"{moment}/{name}"].to(device) for moment in _MOMENTS}
                state.optimiser.state[tensor] = {"step": torch.tensor(float(saved.epoch), device=device), **moments}


def save_state(run: Path, state: TrainingState, epoch: int) -> None:
    """Write `resume.safetensors` of a run."""
    on_cpu = {name: tensor.detach().to("cpu").contiguous() for name, tensor in _tensors(state).items()}
    write_atomically(run / RESUME_NAME, save(on_cpu, {"epoch": str(epoch)}))


def read_state(run: Path) -> SavedState:
    """Read `resume.safetensors` of a run.

    Raises:
        UnreadableRun: it is damaged.
    """
    path = run / RESUME_NAME
    try:
        with safe_open(path, framework="pt") as file:
            epoch = int(file.metadata()["epoch"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UnreadableRun(
            f"{path} cannot be resumed from ({error}); restore it, or train into a new folder."
        ) from error
    if epoch < 0:
        raise UnreadableRun(f"{path} says that it is of epoch {epoch}; restore it, or train into a new folder.")
    return SavedState(epoch, tensors)


def _tensors(state: TrainingState) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, tensor in state.parameters.items():
        kept = state.optimiser.state[tensor]
        moments = {moment: kept.get(moment) for moment in _MOMENTS}
        found[f"param/{name}"] = tensor
        found |= {f"{name_}/{name}": torch.zeros_like(tensor) if one is None else one for name_, one in moments.items()}
    return found
