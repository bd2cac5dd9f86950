"""The plan of a training run, before it starts: pairs, checkpoints, disk space."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from engine.networks.config import InvalidConfig, ModelConfig
from engine.networks.parameters import parameter_shapes
from engine.networks.split import Split, random_seed_split, train_size
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig

_BYTES = {"float16": 2, "float32": 4, "float64": 8}
# The header of a safetensors file describes its tensors: about this size for each.
_HEADER_BYTES = 82
# A loss in decimal with its comma.
_LOSS_BYTES = 20


@dataclass(frozen=True)
class TrainingPlan:
    """The size of a training run; all bytes are estimates of files on disk."""

    n_parameters: int
    n_train: int
    n_test: int
    checkpoints: tuple[int, ...]  # epochs, ascending
    checkpoint_bytes: int  # of one checkpoint
    resume_bytes: int
    losses_bytes: int

    @property
    def disk_bytes(self) -> int:
        """The largest disk usage of the run: while a new resume state is written, the old one still exists."""
        return len(self.checkpoints) * self.checkpoint_bytes + 2 * self.resume_bytes + self.losses_bytes


def plan(config: TrainableConfig, training: TrainingConfig) -> TrainingPlan:
    """Plan a training run with these settings; nothing is trained or written.

    Raises:
        GrokError: settings that cannot be trained.
    """
    n_train = train_pairs(config, training)
    shapes = parameter_shapes(config, training.biases)
    n_parameters, header_bytes = sum(map(prod, shapes.values())), _HEADER_BYTES * len(shapes)
    checkpoints = tuple(sorted(training.save_every.epochs(training.epochs)))
    n_test_losses = (
        training.epochs // training.test_every + 1 + sum(epoch % training.test_every > 0 for epoch in checkpoints)
    )
    n_losses = training.epochs + 1 + n_test_losses
    return TrainingPlan(
        n_parameters=n_parameters,
        n_train=n_train,
        n_test=config.p**2 - n_train,
        checkpoints=checkpoints,
        checkpoint_bytes=n_parameters * _BYTES[training.checkpoint_dtype] + header_bytes,
        resume_bytes=3 * (n_parameters * _BYTES[training.dtype] + header_bytes),
        losses_bytes=n_losses * _LOSS_BYTES + training.epochs * (len(str(training.epochs)) + 2),
    )


def training_split(config: TrainableConfig, training: TrainingConfig) -> Split:
    """The train/test split, by the paper's recipe.

    Raises:
        InvalidConfig: as `train_pairs`.
    """
    n_train = train_pairs(config, training)
    return Split(random_seed_split(config.p, training.seed, n_train), "random.seed", training.seed)


def train_pairs(config: TrainableConfig, training: TrainingConfig) -> int:
    """The number of train pairs, without drawing the split.

    Raises:
        InvalidConfig: y has tokens of its own in the prompt, or the fraction leaves no train pair or no test pair.
    """
    if isinstance(config, ModelConfig) and config.prompt.y_offset:
        found = config.prompt.describe(config.p)
        raise InvalidConfig(f"Training gives x and y the same tokens, as in 'x y ='; found the prompt {found!r}.")
    n_train = train_size(config.p, training.frac_train)
    if not 0 < n_train < config.p**2:
        raise InvalidConfig(
            f"frac_train {training.frac_train} of {config.p**2:,} pairs is {n_train:,}; "
            "training needs at least one train pair and one test pair."
        )
    return n_train
