"""The state from which training resumes as if never interrupted: parameters, the moments of Adam, the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.parameters import initial_parameters
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.runs.atomic_files import write_atomically

RESUME_NAME = "resume.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq")
_DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, eq=False)
class TrainingState:
    """A network in training: its parameters and their optimiser."""

    parameters: dict[str, Tensor]
    optimiser: torch.optim.AdamW

    def tensors(self) -> dict[str, Tensor]:
        """Parameters and moments by the names that they have on disk; before the first step the moments are zero."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self.parameters.items():
            moments = self.optimiser.state[parameter]
            tensors[f"param/{name}"] = parameter.detach()
            for moment in MOMENTS:
                tensors[f"{moment}/{name}"] = moments[moment] if moment in moments else torch.zeros_like(parameter)
        return tensors


@dataclass(frozen=True, eq=False)
class SavedState:
    """A state read from disk: the epoch, which is also the step count of Adam, and all tensors by name."""

    epoch: int
    tensors: Mapping[str, Tensor]


def initial_state(config: TrainableConfig, training: TrainingConfig, device: torch.device | str) -> TrainingState:
    """The initial state; drawn on the CPU in float32, so that it is the same for every device and dtype."""
    drawn = initial_parameters(config, training.seed, training.biases)
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
    """Restore a saved state into an initial one.

    Raises:
        UnreadableRun: the names, shapes or dtypes of its tensors do not match this network.
    """
    expected = {name: (tensor.shape, tensor.dtype) for name, tensor in state.tensors().items()}
    found = {name: (tensor.shape, tensor.dtype) for name, tensor in saved.tensors.items()}
    if found != expected:
        wrong = sorted(name for name in expected | found if expected.get(name) != found.get(name))
        raise UnreadableRun(
            f"{RESUME_NAME} does not match this network ({', '.join(wrong[:3])}); train into a new folder."
        )
    with torch.no_grad():
        for name, tensor in state.parameters.items():
            device = tensor.device
            tensor.copy_(saved.tensors[f"param/{name}"])
            if saved.epoch:
                moments = {moment: saved.tensors[f"{moment}/{name}"].to(device) for moment in MOMENTS}
                state.optimiser.state[tensor] = {"step": torch.tensor(float(saved.epoch), device=device), **moments}


def save_state(run: Path, tensors: Mapping[str, Tensor], epoch: int) -> None:
    """Write the `resume.safetensors` of a run."""
    on_cpu = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    write_atomically(run / RESUME_NAME, save(on_cpu, {"epoch": str(epoch)}))


def read_state(run: Path) -> SavedState:
    """Read the `resume.safetensors` of a run.

    Raises:
        UnreadableRun: the file is damaged.
    """
    path = run / RESUME_NAME
    try:
        with safe_open(path, framework="pt") as file:
            epoch = int(file.metadata()["epoch"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UnreadableRun(
            f"{path} is damaged ({error}), so training cannot resume; restore it, or train into a new folder."
        ) from error
    if epoch < 0:
        raise UnreadableRun(f"{path} records epoch {epoch}, which is negative; restore it, or train into a new folder.")
    return SavedState(epoch, tensors)
