"""The engines of `--on`, and the options that each of them has."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import WrongUsage
from engine.sweeps.local import LocalExecutor, core_count
from engine.sweeps.ray_tasks import RayExecutor
from engine.sweeps.slurm.executor import SlurmExecutor
from grok_tui.cli.engines import EngineChoice, choose_engine

HERE = Path("sweep")


def test_workers_share_the_cores() -> None:
    engine = choose_engine(EngineChoice(), HERE, threads=1, device="cpu")
    assert isinstance(engine.executor, LocalExecutor)
    assert (engine.workers, engine.device) == (core_count(), "cpu")
    engine = choose_engine(EngineChoice(), HERE, threads=1024, device="cpu")
    assert engine.description == "1 worker of 1,024 threads on cpu"
    assert choose_engine(EngineChoice(workers=7), HERE, threads=2, device="cpu").workers == 7


@pytest.mark.parametrize(
    ("choice", "kind", "device"),
    [
        (EngineChoice("slurm"), SlurmExecutor, "cpu"),
        (EngineChoice("slurm", gpus="1", time="2:00:00", requeue=False), SlurmExecutor, "cuda"),
        (EngineChoice("ray=10.0.0.1:6379"), RayExecutor, "cpu"),
        (EngineChoice("ray", jobs_per_gpu=4), RayExecutor, "cuda"),
    ],
)
def test_other_machines_compute_on_what_is_requested_of_them(choice, kind, device) -> None:
    engine = choose_engine(choice, HERE, threads=2, device=None)
    assert (type(engine.executor), engine.device, engine.workers) == (kind, device, None)
    assert engine.description.endswith(f"with 2 threads on {device}")


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (EngineChoice("moon"), "--on is local, slurm or ray"),
        (EngineChoice("slurm=x"), "found 'slurm=x'"),
        (EngineChoice("slurm", workers=2), "--workers is an option of --on local; omit it with --on slurm."),
        (EngineChoice(cpus_per_task=2), "--cpus-per-task is an option of --on slurm; omit it with --on local."),
        (EngineChoice(requeue=False), "--requeue is an option of --on slurm"),
        (EngineChoice("ray", jobs_per_gpu=0), "--jobs-per-gpu is at least 1; found 0."),
    ],
)
def test_an_option_of_another_engine_is_refused(choice, sentence) -> None:
    with pytest.raises(WrongUsage) as error:
        choice.check()
    assert sentence in str(error.value)
