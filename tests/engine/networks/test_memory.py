"""What would not fit is refused before it is begun."""

from __future__ import annotations

import pytest
import torch

from engine import ModelConfig, TrainingConfig, train
from engine.networks import memory
from engine.networks.memory import (
    NotEnoughMemory,
    bytes_available,
    bytes_needed,
    bytes_needed_to_train,
    container_memory_available,
)
from tests.engine.extremes import SMALL, explorer_of

GIB = 2**30


@pytest.mark.parametrize(
    ("dtype", "remedy"), [(torch.float32, "open a run with a smaller p"), (torch.float64, "pass --dtype float32")]
)
def test_a_model_larger_than_what_is_free_is_refused(monkeypatch, dtype, remedy) -> None:
    monkeypatch.setattr(memory, "bytes_available", lambda device: 3 << 20)
    with pytest.raises(
        NotEnoughMemory, match=rf"p = 5 in {str(dtype)[6:]} needs about .*, but only 3 MiB is free; {remedy}"
    ):
        explorer_of(SMALL, dtype=dtype).summary(100)


def test_training_larger_than_what_is_free_is_refused_before_anything_is_written(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(memory, "bytes_available", lambda device: 3 << 20)
    with pytest.raises(NotEnoughMemory, match="Training a network with p = 5 needs about"):
        train(SMALL, TrainingConfig(epochs=1), path=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_where_the_system_says_nothing_nothing_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(memory, "bytes_available", lambda device: None)
    assert explorer_of(SMALL).summary(100).losses.loss.all > 0


def test_the_study_s_model_fits_a_small_machine_and_p_499_a_laptop() -> None:
    for p, limit in ((113, 0.25), (257, 0.5), (499, 1.0), (1021, 4.0)):
        config = ModelConfig.standard(p=p)
        assert bytes_needed(config, torch.float32) < bytes_needed(config, torch.float64) < limit * GIB
    assert bytes_needed(ModelConfig.standard(p=1021, n_heads=16), torch.float32) > 3 * GIB
    assert bytes_needed_to_train(ModelConfig.standard(), TrainingConfig()) < 0.5 * GIB


def test_the_system_says_what_is_available() -> None:
    there = bytes_available(torch.device("cpu"))
    assert there is None or there > 2**20


@pytest.mark.parametrize(
    ("line", "folder", "limit", "used"),
    [
        ("0::/user.slice/job", "user.slice/job", "memory.max", "memory.current"),
        ("0::/user.slice/job", "user.slice", "memory.max", "memory.current"),
        ("4:memory:/docker/abc", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ],
)
def test_the_limit_of_a_container_counts(tmp_path, line, folder, limit, used) -> None:
    (tmp_path / "cgroup").write_text(f"1:name=systemd:/\n{line}\n")
    (tmp_path / "mount" / folder).mkdir(parents=True)
    (tmp_path / "mount" / folder / limit).write_text(f"{4 * GIB}\n")
    (tmp_path / "mount" / folder / used).write_text(f"{3 * GIB}\n")
    (tmp_path / "mount" / folder / "memory.stat").write_text(f"active_file 5\ninactive_file {GIB}\n")
    assert container_memory_available(tmp_path / "cgroup", tmp_path / "mount") == 2 * GIB


def test_no_container_or_no_limit_is_none(tmp_path) -> None:
    assert container_memory_available(tmp_path / "absent", tmp_path) is None
    (tmp_path / "cgroup").write_text("0::/\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert container_memory_available(tmp_path / "cgroup", tmp_path) is None
