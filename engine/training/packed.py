"""Trains several runs in one process as batches of one shape, each run into its own folder.

For small networks, and on a GPU, a step of a batch takes little longer than a step of one run. The results equal those
of single runs to rounding; `run.json` records how many runs were trained together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import GrokError
from engine.networks.config import InvalidConfig, ModelConfig
from engine.networks.memory import bytes_needed_to_train, require_memory
from engine.networks.mlp_config import MlpConfig
from engine.networks.split import Split
from engine.networks.trainable_config import TrainableConfig, has_pair_step
from engine.networks.training_config import TrainingConfig
from engine.runs.native_run import record_training, recorded_settings
from engine.runs.training_progress import read_progress
from engine.training.batch import Batch, BatchRun
from engine.training.plan import training_split
from engine.training.recorder import Recorder, Trained, TrainingProgress
from engine.training.run_writer import RunWriter, open_run_writer
from engine.training.state import initial_state, restore_state
from engine.training.trainer import train

Outcome = Trained | GrokError
BatchKey = tuple[TrainableConfig, str, str, str]
_Settings = tuple[ModelConfig, TrainingConfig]


def train_packed(
    paths: Sequence[Path],
    *,
    device: torch.device | str = "cpu",
    on_progress: Callable[[Path, TrainingProgress], None] = lambda path, progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[Path, Outcome]:
    """Train existing native runs as batches, with the settings in their `run.json`.

    A batch has runs of one shape, dtype, loss and optimizer, which may differ in all other settings. A run that was
    trained before joins at the epoch of its last save, one that ends leaves; a run that is alone of its kind is trained
    by `train`. Finished runs are left out.

    Args:
        paths: the folders of the runs.
        device: where to train.
        on_progress: called for each run at every epoch.
        should_stop: called at every epoch; if it returns True, everything is saved and training ends.

    Returns:
        The result of each run that was not finished, or the error that ended it, such as `LockedRun`; an error of one
        run does not stop the others.

    Raises:
        NotEnoughMemory: a step needs more memory than is free.
    """
    outcomes: dict[Path, Outcome] = {}
    groups: dict[BatchKey, dict[Path, _Settings]] = {}
    for path in paths:
        try:
            if not read_progress(path).finished:
                found, training = recorded_settings(path)
                config = require_packable(found, training, str(path))
                groups.setdefault(batch_key(config, training), {})[path] = config, training
        except GrokError as error:
            outcomes[path] = error
    for group in groups.values():
        if not should_stop():
            outcomes |= _train_group(group, device, on_progress, should_stop)
    return outcomes


def batch_key(config: TrainableConfig, training: TrainingConfig) -> BatchKey:
    """What the runs of a batch have in common: network, dtype, loss and optimiser."""
    return config, training.dtype, training.loss, training.optimizer


def require_packable(config: TrainableConfig, training: TrainingConfig, name: str) -> ModelConfig:
    """Check that a run can be trained in a batch, whose step is that of the study's network.

    Raises:
        InvalidConfig: it is of another architecture.
    """
    if isinstance(config, ModelConfig) and has_pair_step(config, training):
        return config
    prompt = "" if isinstance(config, MlpConfig) else f" with the prompt {config.prompt.describe(config.p)!r}"
    raise InvalidConfig(
        "--pack trains one-layer transformers without norms, with the prompt 'x y =', attn_coeff 1 and biases mlp; "
        f"{name} is {config.description}{prompt}; train it without --pack."
    )


def _train_group(
    group: Mapping[Path, _Settings],
    device: torch.device | str,
    on_progress: Callable[[Path, TrainingProgress], None],
    should_stop: Callable[[], bool],
) -> dict[Path, Outcome]:
    """Train runs of one shape."""
    if len(group) == 1:
        ((path, (config, training)),) = group.items()
        try:
            trained = train(
                config,
                training,
                path=path,
                device=device,
                on_progress=partial(on_progress, path),
                should_stop=should_stop,
            )
        except GrokError as error:
            return {path: error}
        return {path: trained}
    needed = sum(bytes_needed_to_train(config, training) for config, training in group.values())
    require_memory(needed, f"Training {len(group)} runs as one batch", "pack fewer runs", device)
    with ExitStack() as stack:
        outcomes: dict[Path, Outcome] = {}
        members: list[_Member] = []
        for path, (config, training) in group.items():
            try:
                split = training_split(config, training)
                writer = stack.enter_context(open_run_writer(path, config, training, split))
                record_training(path, {"packed": len(group)})
                members.append(_Member(path, config, training, split, writer, device, partial(on_progress, path)))
            except GrokError as error:
                outcomes[path] = error
        return outcomes | _train_members(members, should_stop)


class _Member:
    """A run of a group: before it joins a batch it has the tensors of its last save, then those of the batch."""

    def __init__(
        self,
        path: Path,
        config: ModelConfig,
        training: TrainingConfig,
        split: Split,
        writer: RunWriter,
        device: torch.device | str,
        on_progress: Callable[[TrainingProgress], None],
    ) -> None:
        self.path, self.config, self.training, self.split = path, config, training, split
        state = initial_state(config, training, device)
        if writer.saved is not None:
            restore_state(state, writer.saved.state)
        self.source: Callable[[], Mapping[str, Tensor]] = state.tensors
        self.recorder = Recorder(config, training, writer, self.tensors, on_progress)

    def tensors(self) -> Mapping[str, Tensor]:
        """The present parameters and moments by name, as in `state.py`."""
        return self.source()


def _train_members(members: Sequence[_Member], should_stop: Callable[[], bool]) -> dict[Path, Outcome]:
    """Train runs in lockstep: each joins at its first epoch and leaves when it ends."""
    outcomes: dict[Path, Outcome] = {}
    waiting, training = list(members), list[_Member]()
    batch: Batch | None = None
    while training or waiting:
        epoch = batch.epoch if batch is not None else min(member.recorder.first_epoch for member in waiting)
        joining = [member for member in waiting if member.recorder.first_epoch == epoch]
        if joining:
            waiting = [member for member in waiting if member not in joining]
            training += joining
            batch = _new_batch(training, epoch)
        assert batch is not None
        stop = should_stop()
        ended = _record(training, batch, stop)
        outcomes |= ended
        if stop:
            break
        if ended:
            training = [member for member in training if member.path not in ended]
            batch = _new_batch(training, epoch) if training else None
        if batch is not None:
            batch.step()
    return outcomes


def _new_batch(members: Sequence[_Member], epoch: int) -> Batch:
    """A batch of runs at the same epoch, with its train losses computed, as a step requires."""
    runs = [BatchRun(member.training, member.split, member.tensors()) for member in members]
    batch = Batch(members[0].config, runs, epoch)
    for index, member in enumerate(members):
        member.source = partial(batch.tensors, index)
    batch.train_losses()
    return batch


def _record(members: Sequence[_Member], batch: Batch, stop: bool) -> dict[Path, Outcome]:
    """Record an epoch of all runs; returns the outcome of those that end there."""
    ended: dict[Path, Outcome] = {}
    test_losses = cache(batch.test_losses)

    def test_loss(index: int) -> float:
        return test_losses()[index]

    for index, (member, train_loss) in enumerate(zip(members, batch.train_losses(), strict=True)):
        try:
            outcome = member.recorder.record(batch.epoch, train_loss, partial(test_loss, index), lambda: stop)
        except GrokError as error:
            ended[member.path] = error
        else:
            if outcome is not None:
                ended[member.path] = outcome
    return ended
