"""Runs of p = 5 that a sweep trains in no time."""

from __future__ import annotations

from pathlib import Path

from engine import ModelConfig, SaveSchedule, TrainingConfig
from engine.runs.native_run import write_run
from engine.training.plan import training_split

CONFIG = ModelConfig.standard(p=5, d_model=8, n_heads=2, d_mlp=8)


def settings(seed: int = 0, epochs: int = 20) -> TrainingConfig:
    return TrainingConfig(seed=seed, epochs=epochs, save_every=SaveSchedule.parse("10:50,1000000"))


def prepare(run: Path, training: TrainingConfig) -> Path:
    """Write the `run.json` of a run that is to be trained."""
    write_run(run, CONFIG, training_split(CONFIG, training), training)
    return run
