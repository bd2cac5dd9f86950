"""Resuming a run: to the same bytes as without the interruption, or an error that says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import GrokError, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from engine.runs.native_run import recorded_settings
from tests.soak.kill_training import contents, require_same

DEMO = Path(__file__).parents[3] / "grok_tui" / "demo"
CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
TRAINING = TrainingConfig(epochs=30, save_every=SaveSchedule.parse("10"), frac_train=0.5)
INVALID_ROWS = (b"30,0.5\n", b"30,abc,\n", b"30,0.1,0.2,0.3\n", b"30,\xff,1\n")
INVALID_SETTINGS = ({"save_every": 100}, {"save_every": None}, {"betas": 5}, {"seed": -1})


class Interrupted(Exception):
    pass


def interrupt_at(epoch: int):
    def on_progress(progress) -> None:
        if progress.epoch == epoch:
            raise Interrupted

    return on_progress


def test_an_interrupted_run_resumes_to_the_same_bytes(tmp_path) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "whole")
    for epoch in (0, 7, 10, 25, 30):
        path = tmp_path / f"interrupted-{epoch}"
        with pytest.raises(Interrupted):
            train(CONFIG, TRAINING, path=path, on_progress=interrupt_at(epoch))
        train(CONFIG, TRAINING, path=path)
        require_same(path, tmp_path / "whole")


def test_a_run_with_other_settings_is_not_resumed(tmp_path) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "run")
    with pytest.raises(GrokError, match=r"other settings \(lr: recorded 0.001, requested 0.01\)"):
        train(CONFIG, replace(TRAINING, lr=1e-2), path=tmp_path / "run")
    with pytest.raises(GrokError, match=r"other settings \(operation: recorded add, requested subtract\)"):
        train(replace(CONFIG, operation="subtract"), TRAINING, path=tmp_path / "run")
    with pytest.raises(GrokError, match=r"other settings \(operation: recorded add, requested table; another table"):
        train(replace(CONFIG, operation="table", table=(0,) * 49), TRAINING, path=tmp_path / "run")


def test_a_run_with_another_table_is_not_resumed(tmp_path) -> None:
    config = replace(CONFIG, operation="table", table=(0,) * 49)
    train(config, TRAINING, path=tmp_path / "run")
    with pytest.raises(GrokError, match=r"other settings \(another table of answers\)"):
        train(replace(config, table=(1,) * 49), TRAINING, path=tmp_path / "run")


def test_should_stop_saves_everything_and_ends_training(tmp_path) -> None:
    path, epochs = tmp_path / "run", iter(range(100))
    stopped = train(CONFIG, TRAINING, path=path, should_stop=lambda: next(epochs) == 17)
    assert (stopped.ending, stopped.progress.epoch) == ("stopped", 17)
    assert open_run(path).epochs == (0, 10)
    seen: list[int] = []
    train(CONFIG, TRAINING, path=path, on_progress=lambda progress: seen.append(progress.epoch))
    assert seen == list(range(17, 31))
    train(CONFIG, TRAINING, path=tmp_path / "whole")
    require_same(path, tmp_path / "whole")


def test_the_state_between_checkpoints_is_saved_at_intervals(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("engine.training.recorder._SAVE_SECONDS", 0.0)
    path = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(CONFIG, TRAINING, path=path, on_progress=interrupt_at(17))
    seen: list[int] = []
    train(CONFIG, TRAINING, path=path, on_progress=lambda progress: seen.append(progress.epoch))
    assert seen[0] == 17


def test_settings_of_older_versions_get_the_defaults_of_new_options(tmp_path) -> None:
    path = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(CONFIG, TRAINING, path=path, on_progress=interrupt_at(17))
    described = json.loads((path / "run.json").read_text())
    del described["training"]["dtype"], described["training"]["stop_when"]
    (path / "run.json").write_text(json.dumps(described))
    assert train(CONFIG, TRAINING, path=path).progress.epoch == 30


def test_the_settings_of_the_bundled_run_are_readable() -> None:
    config, training = recorded_settings(DEMO)
    schedule = "50:100,200:2000,500:9000,200:14000,500:16000,2000:20000,5000"
    expected = TrainingConfig(save_every=SaveSchedule.parse(schedule), checkpoint_dtype="float16")
    assert (config, training) == (ModelConfig.standard(), expected)


def test_a_run_without_its_resume_state_is_left_unchanged(tmp_path) -> None:
    path = tmp_path / "run"
    train(CONFIG, TRAINING, path=path)
    (path / "resume.safetensors").unlink()
    before = contents(path)
    with pytest.raises(GrokError, match=r"has no resume.safetensors, so its training cannot be resumed"):
        train(CONFIG, TRAINING, path=path)
    assert contents(path) == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: (path / "resume.safetensors").write_bytes(b"not it"), "is damaged .*so training cannot resume"),
        (
            lambda path: save_file({"param/W_E": torch.zeros(2)}, path / "resume.safetensors"),
            "is damaged .*so training cannot resume",
        ),
        (lambda path: rewrite_state(path, "-3"), "records epoch -3, which is negative"),
        (lambda path: rewrite_state(path, "31"), "after the last epoch, 30"),
        (lambda path: rewrite_state(path, "30", drop="param/W_E"), r"does not match this network \(param/W_E\)"),
        (lambda path: (path / "losses.csv").write_text("epoch,train_loss,test_loss\n0,1.0,\n"), "every epoch up to 30"),
        (lambda path: (path / "losses.csv").unlink(), "every epoch up to 30"),
        *((lambda path, row=row: replace_last_row(path, row), r"losses.csv, line 32: ") for row in INVALID_ROWS),
        *(
            (lambda path, text=text: write_settings(path, text), "does not record valid training settings")
            for text in INVALID_SETTINGS
        ),
    ],
)
def test_a_damaged_run_is_refused_with_the_reason(tmp_path, damage, message) -> None:
    path = tmp_path / "run"
    train(CONFIG, TRAINING, path=path)
    damage(path)
    with pytest.raises(GrokError, match=message):
        train(CONFIG, TRAINING, path=path)


def replace_last_row(path, row: bytes) -> None:
    """Replace the last row of `losses.csv`."""
    rows = (path / "losses.csv").read_bytes().splitlines(keepends=True)
    (path / "losses.csv").write_bytes(b"".join([*rows[:-1], row]))


def write_settings(path, settings: dict[str, object]) -> None:
    """Change training settings in `run.json`."""
    described = json.loads((path / "run.json").read_text())
    described["training"].update(settings)
    (path / "run.json").write_text(json.dumps(described))


def rewrite_state(path, epoch: str, drop: str = "") -> None:
    """Rewrite `resume.safetensors` with another epoch, without the tensor `drop`."""
    tensors = load_file(path / "resume.safetensors")
    tensors.pop(drop, None)
    save_file(tensors, path / "resume.safetensors", {"epoch": epoch})


def test_a_folder_with_other_files_is_left_unchanged(tmp_path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(GrokError, match="already exists and is not a run"):
        train(CONFIG, TRAINING, path=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
