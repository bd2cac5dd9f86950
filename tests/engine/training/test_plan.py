"""The plan agrees with what training then writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import ModelConfig, SaveSchedule, TrainingConfig, plan, train
from engine.networks.pair_forward import initial_weights

CONFIG = ModelConfig.standard(p=11, d_model=32, n_heads=4, d_mlp=64)
TRAINING = TrainingConfig(epochs=50, save_every=SaveSchedule.parse("20"))


def test_the_plan_of_the_study() -> None:
    planned = plan(ModelConfig.standard(), TrainingConfig())
    assert (planned.n_train, planned.n_test, len(planned.checkpoints)) == (3830, 8939, 401)
    assert planned.n_parameters == sum(tensor.numel() for tensor in initial_weights(ModelConfig.standard(), 0).values())


@pytest.mark.parametrize(("dtype", "checkpoint_dtype"), [("float32", "float32"), ("float64", "float16")])
def test_planned_sizes_match_the_files(dtype, checkpoint_dtype, tmp_path) -> None:
    training = replace(TRAINING, dtype=dtype, checkpoint_dtype=checkpoint_dtype)
    planned = plan(CONFIG, training)
    train(CONFIG, training, path=tmp_path)
    checkpoints = sorted((tmp_path / "checkpoints").iterdir())
    assert [int(file.stem.removeprefix("epoch-")) for file in checkpoints] == list(planned.checkpoints)
    assert planned.checkpoint_bytes == pytest.approx(checkpoints[-1].stat().st_size, rel=0.02)
    assert planned.resume_bytes == pytest.approx((tmp_path / "resume.safetensors").stat().st_size, rel=0.02)
    assert planned.losses_bytes == pytest.approx((tmp_path / "losses.csv").stat().st_size, rel=0.1)
    assert planned.disk_bytes == pytest.approx(
        sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) + planned.resume_bytes, rel=0.05
    )
