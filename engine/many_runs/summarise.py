"""Read what the files of a run say: its settings, how far it is trained, its losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.errors import GrokError, RunNotReady, printable
from engine.many_runs.loss_thinning import thin_losses
from engine.many_runs.run_row import LossCurve, Setting
from engine.many_runs.run_summary import RunSummary
from engine.networks.network_config import NetworkConfig
from engine.networks.trainable_config import structure_of
from engine.runs.native_run import recorded_settings
from engine.runs.open_run import open_run
from engine.runs.run import RecordedLosses, Run
from engine.runs.run_json import config_to_json, training_to_json
from engine.state_dicts.recorded_settings import SYNONYMS, recorded_train_fraction

# What other programs call settings of a network or a training.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    **SYNONYMS,
    "seed": ("random_seed", "rng_seed", "manual_seed"),
    "lr": ("learning_rate", "learn_rate"),
    "weight_decay": ("wd", "weightdecay"),
    "epochs": ("num_epochs", "n_epochs", "max_epochs", "total_epochs", "num_steps", "n_steps", "max_steps", "steps"),
}
_MAX_TEXT = 80  # characters of a setting; longer texts are no settings


def read_summary(path: Path, cache: Path | None) -> RunSummary:
    """Open a run and summarise it; one that cannot be read has the reason as its `problem`.

    `cache` is a folder for what is recognised of its network.
    """
    try:
        return summarise(open_run(path, cache=cache))
    except RunNotReady as error:
        return _of_run_without_checkpoints(path) if (path / "run.json").exists() else RunSummary(problem=str(error))
    except GrokError as error:
        return RunSummary(problem=str(error))
    except Exception as error:  # whatever it is, the other runs still get their rows
        return RunSummary(problem=printable(f"{path} cannot be read: {type(error).__name__}: {error}"))


def summarise(run: Run) -> RunSummary:
    """The summary of an open run."""
    settings = settings_of(_recorded(run.config) if run.has_weights else {}, run.training)
    if run.has_weights:
        settings["architecture"] = _architecture(run.config)
    if run.container == "native" and run.training:  # which leaves these out where they are the study's
        settings = {"loss": "cross-entropy", "optimizer": "adamw", **settings}
    if (fraction := recorded_train_fraction(run.training)) is not None:
        settings.setdefault("frac_train", fraction)
    train, test, train_accuracy, test_accuracy = (None,) * 4 if run.losses is None else _last_losses(run.losses)
    epochs = settings.get("epochs")
    planned = epochs if type(epochs) is int and epochs > 0 else None
    last = max(run.epochs[-1], -1 if run.losses is None else int(run.losses.epochs[-1]))
    return RunSummary(
        settings=settings,
        epoch=last,
        epochs=planned,
        train_loss=train,
        test_loss=test,
        train_accuracy=train_accuracy,
        test_accuracy=test_accuracy,
        losses=LossCurve() if run.losses is None else _curve(run.losses),
        finished=_is_finished(run, last, planned, settings.get("stop_when")),
        has_weights=run.has_weights,
    )


def settings_of(model: Mapping[str, object], training: Mapping[str, object]) -> dict[str, Setting]:
    """The settings of a network and its training by the names of `run.json`; nested ones by their own name.

    >>> settings_of({"p": 7, "table": [1, 2]}, {"optim": {"wd": 1.0, "betas": [0.9, 0.98]}, "prime": 7})
    {'p': 7, 'weight_decay': 1.0, 'betas': '0.9, 0.98'}
    """
    settings: dict[str, Setting] = {}
    for name, value in [*_leaves(model), *_leaves(training)]:
        known = next((ours for ours, others in _SYNONYMS.items() if name.lower() in others or name in others), name)
        settings.setdefault(known, value)
    return settings


def _leaves(recorded: Mapping[str, object]) -> Iterator[tuple[str, Setting]]:
    for name, value in recorded.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        elif name != "table" and (setting := _setting(value)) is not None:
            yield name, setting[0]


def _setting(value: object) -> tuple[Setting] | None:
    """The setting in a recorded value, a list of numbers as text; None if it is none."""
    if isinstance(value, list | tuple) and all(isinstance(item, int | float) for item in value):
        value = ", ".join(map(str, value))
    if value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= _MAX_TEXT):
        return (value,)
    return None


def _recorded(config: NetworkConfig) -> dict[str, object]:
    """The settings of a network, with those that tell architectures apart even where `run.json` has none."""
    return {**config_to_json(config), **structure_of(config)}


def _architecture(config: NetworkConfig) -> str:
    return config.description.removeprefix("an ").removeprefix("a ")


def _of_run_without_checkpoints(path: Path) -> RunSummary:
    """The summary of a native run that is not trained yet, or whose first files are still being written."""
    try:
        config, training = recorded_settings(path)
    except GrokError as error:
        return RunSummary(problem=str(error))
    settings = settings_of(_recorded(config), training_to_json(training))
    settings["architecture"] = _architecture(config)
    settings |= {"loss": training.loss, "optimizer": training.optimizer}
    return RunSummary(settings=settings, epochs=training.epochs, finished=False)


def _last_losses(losses: RecordedLosses) -> tuple[float | None, float | None, float | None, float | None]:
    """The train and test loss, and both accuracies, at the last epoch that has them."""
    diverged = not isfinite(losses.train[-1]) and not isfinite(losses.test[-1])
    series = (losses.train, losses.test, losses.train_accuracy, losses.test_accuracy)
    train, test, train_accuracy, test_accuracy = (_last(values, diverged) for values in series)
    return train, test, train_accuracy, test_accuracy


def _last(values: NDArray[np.float64] | None, diverged: bool) -> float | None:
    """The last value; not every epoch has a test loss. Of a run that diverged, the value of the last epoch alone."""
    if values is None:
        return None
    present = values[-1:] if diverged else values[~np.isnan(values)]
    return none_if_nan(present[-1]) if len(present) else None


def _curve(losses: RecordedLosses) -> LossCurve:
    train, test = (values.tolist() for values in (losses.train, losses.test))
    return thin_losses(losses.epochs.tolist(), train, test)


def _is_finished(run: Run, last: int, planned: int | None, stop_when: Setting) -> bool | None:
    """Whether a run reached its planned end; None if it has none.

    Other programs count epochs from 0, or save no checkpoint at the end: the last checkpoint before it counts.
    """
    if planned is None:
        return None
    if run.container != "native":
        if len(run.epochs) == 1 and run.losses is None:  # the epoch of a single file may be unknown
            return None
        return last + max(_last_step(run.epochs), 1) >= planned
    test_loss = None if run.losses is None else run.losses.at(run.epochs[-1])[1]
    stopped_early = isinstance(stop_when, int | float) and test_loss is not None and test_loss < stop_when
    return run.epochs[-1] >= planned or stopped_early


def _last_step(epochs: Sequence[int]) -> int:
    return epochs[-1] - epochs[-2] if len(epochs) > 1 else 0
