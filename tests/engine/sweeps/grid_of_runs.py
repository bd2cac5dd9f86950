"""A sweep of 2 x 3 runs of p = 11, and the same runs trained alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from engine import ModelConfig, SaveSchedule, TrainingConfig
from engine.runs.lock_owner import OWNER_NAME, Owner
from engine.runs.native_run import write_run
from engine.sweeps.executor import Job
from engine.training.plan import training_split
from tests.soak.kill_training import require_same

_CONFIG = ModelConfig.standard(p=11, d_model=16, n_heads=2, d_mlp=32)
EPOCHS = 1500


def prepare_grid(folder: Path, epochs: int = EPOCHS) -> tuple[Job, ...]:
    """Write the `run.json` of each run; returns a job for each."""
    jobs = []
    for weight_decay in (0.3, 1.0):
        for seed in range(3):
            run = folder / f"weight_decay={weight_decay},seed={seed}"
            training = TrainingConfig(
                seed=seed, weight_decay=weight_decay, epochs=epochs, save_every=SaveSchedule.parse("250")
            )
            write_run(run, _CONFIG, training_split(_CONFIG, training), training)
            jobs.append(Job("train", (run,)))
    return tuple(jobs)


def require_trained_alone(jobs: tuple[Job, ...], folder: Path, epochs: int = EPOCHS) -> None:
    """Assert that each run has the bytes of the same run in a process that nothing interrupts."""
    alone = [run for job in prepare_grid(folder, epochs) for run in job.runs]
    subprocess.run([sys.executable, "-m", "engine.sweeps.worker", "train", "--threads", "1", *alone], check=True)
    for run, expected in zip((run for job in jobs for run in job.runs), alone, strict=True):
        require_same(run, expected)


def lock_elsewhere(run: Path, job: str) -> None:
    """Leave the record of a trainer on another host, as a node that is lost does."""
    owner = Owner(pid=12, host="elsewhere", started="3", job=job)
    (run / OWNER_NAME).write_text(json.dumps(asdict(owner)), encoding="utf-8")
