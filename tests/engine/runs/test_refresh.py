"""Refreshing a run that grows: only new files are read, and an incomplete file is not an error yet."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

import pytest
import torch

from engine import Explorer, Run
from engine.errors import RunNotReady, UnreadableRun
from engine.networks.config import ModelConfig
from engine.runs import folder_snapshot
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.open_run import open_run
from engine.runs.refresh import is_settled, lasting_warnings, refresh
from engine.runs.torch_format import checkpoint_file
from engine.runs.torch_format.suffixes import SUFFIXES


@pytest.fixture
def still(monkeypatch):
    """`still()`: from now on every file counts as unchanged for long."""
    return lambda: monkeypatch.setattr(folder_snapshot, "STABLE_SECONDS", 0.0)


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the checkpoint files that are read, in order."""
    names: list[str] = []
    open_regular = checkpoint_file.open_regular

    def recording(path: Path, *expected: str) -> IO[bytes]:
        if path.suffix in SUFFIXES:
            names.append(path.name)
        return open_regular(path, *expected)

    monkeypatch.setattr(checkpoint_file, "open_regular", recording)
    return names


@pytest.fixture
def steps(tmp_path, state_of) -> Path:
    """A folder of a foreign training loop: steps 0 and 100."""
    for step in (0, 100):
        torch.save(state_of(step), tmp_path / f"step_{step}.pt")
    return tmp_path


@pytest.fixture
def written(tmp_path, tiny_config, random_weights) -> Path:
    """A native run of epochs 0 and 100, with losses."""
    write_run(tmp_path, tiny_config, None)
    for epoch in (0, 100):
        write_checkpoint(tmp_path, epoch, random_weights(tiny_config, epoch), torch.float32)
    append_losses(tmp_path, [(0, 2.0, 3.0), (100, 1.0, None)])
    return tmp_path


def half_written(path: Path, state) -> bytes:
    """Write the first half of a checkpoint; returns the complete content."""
    torch.save(state, path)
    complete = path.read_bytes()
    path.write_bytes(complete[: len(complete) // 2])
    return complete


def test_without_changes_nothing_is_read(steps, read):
    run = open_run(steps)
    read.clear()
    assert refresh(run) is run
    assert read == []


def test_of_500_checkpoints_only_the_new_last_one_is_read(steps, state_of, read):
    for step in range(200, 600):
        shutil.copyfile(steps / "step_100.pt", steps / f"step_{step}.pt")
    run = open_run(steps)
    torch.save(state_of(600), steps / "step_600.pt")
    read.clear()
    grown = refresh(run)
    assert grown.epochs == (*run.epochs, 600)
    assert read == ["step_600.pt"]
    assert grown.checkpoints[:-1] == run.checkpoints  # the same objects
    assert torch.equal(grown.weights(600).W_E, state_of(600)["embed.W_E"])


def test_overrides_hold_for_new_checkpoints(steps, state_of):
    run = open_run(steps, act_fn="gelu", operation="subtract")
    torch.save(state_of(200), steps / "step_200.pt")
    grown = refresh(run)
    assert grown.epochs == (0, 100, 200)
    assert (grown.config, grown.warnings) == (run.config, ())
    assert (grown.config.act_fn, grown.config.operation) == ("gelu", "subtract")


def test_known_files_are_not_read_again_to_renumber_them(tmp_path, state_of, read):
    for index in (1, 2, 3):
        torch.save({"model": state_of(index), "epoch": 500 * index}, tmp_path / f"ckpt_{index}.pt")
    run = open_run(tmp_path)
    complete = half_written(tmp_path / "ckpt_4.pt", {"model": state_of(4), "epoch": 2000})
    run = refresh(run)
    assert run.epochs == (500, 1000, 1500)
    (tmp_path / "ckpt_4.pt").write_bytes(complete)
    read.clear()
    run = refresh(run)
    assert run.epochs == (500, 1000, 1500, 2000)
    assert set(read) == {"ckpt_4.pt"}


def test_an_incomplete_file_is_not_a_checkpoint_yet(steps, state_of):
    run = open_run(steps)
    complete = half_written(steps / "step_200.pt", state_of(200))
    waiting = refresh(run)
    assert (waiting.epochs, lasting_warnings(waiting), is_settled(waiting)) == ((0, 100), (), False)
    (steps / "step_200.pt").write_bytes(complete)
    final = refresh(waiting)
    assert (final.epochs, final.warnings, is_settled(final)) == ((0, 100, 200), (), True)


def test_a_file_that_stays_incomplete_becomes_a_warning(steps, state_of, still):
    run = open_run(steps)
    half_written(steps / "step_200.pt", state_of(200))
    run = refresh(run)
    still()
    assert is_settled(run)
    (warning,) = lasting_warnings(refresh(run))
    assert "step_200.pt is damaged, truncated" in warning


def test_an_old_damaged_file_is_a_warning_at_opening(steps, state_of):
    half_written(steps / "step_200.pt", state_of(200))
    os.utime(steps / "step_200.pt", (1e9, 1e9))
    assert len(lasting_warnings(open_run(steps))) == 1
    half_written(steps / "step_200.pt", state_of(200))
    assert lasting_warnings(open_run(steps)) == ()


def test_a_new_file_with_an_old_date_counts_as_new(steps, state_of):
    run = open_run(steps)
    half_written(steps / "step_200.pt", state_of(200))
    os.utime(steps / "step_200.pt", (1e9, 1e9))
    assert lasting_warnings(refresh(run)) == ()


def test_new_checkpoints_of_a_native_run(written, tiny_config, random_weights):
    run = open_run(written)
    write_checkpoint(written, 200, random_weights(tiny_config, 200), torch.float32)
    grown = refresh(run)
    assert grown.epochs == (0, 100, 200)
    assert grown.checkpoints[:2] == run.checkpoints
    assert grown.losses is run.losses


def test_new_losses_are_read_without_an_incomplete_last_line(written):
    run = open_run(written)
    with (written / "losses.csv").open("a") as file:
        file.write("200,0.5,0.75\n300,0.2")
    run = refresh(run)
    assert run.losses.epochs.tolist() == [0, 100, 200]
    assert (run.losses.at(200), run.losses.at(100)) == ((0.5, 0.75), (1.0, None))
    with (written / "losses.csv").open("a") as file:
        file.write("5,0.5\n400,0.125,\n")
    run = refresh(run)
    assert run.losses.at(300) == (0.25, 0.5)
    assert run.losses.at(400) == (0.125, None)


def test_losses_that_were_truncated_are_read_again(written):
    run = open_run(written)
    (written / "losses.csv").write_text("epoch,train_loss,test_loss\n0,2.0,3.0\n50,1.5,2.5\n100,9.0,9.0\n")
    run = refresh(run)
    assert run.losses.epochs.tolist() == [0, 50, 100]
    assert run.losses.at(100) == (9.0, 9.0)


def test_an_invalid_line_among_new_losses_is_named_by_its_number(written, still):
    run = open_run(written)
    with (written / "losses.csv").open("a") as file:
        file.write("200,0.5,0.75\n300;0.25;0.5\n")
    run = refresh(run)
    assert lasting_warnings(run) == ()
    still()
    (warning,) = lasting_warnings(run)
    assert "losses.csv, line 5: found b'300;0.25;0.5', expected epoch" in warning
    assert run.losses.epochs.tolist() == [0, 100]


def test_a_folder_that_now_contains_another_model(written, random_weights, still):
    run = open_run(written)
    other = ModelConfig.standard(p=11, d_model=8, n_heads=2, d_mlp=12)
    write_run(written, other, None)
    for epoch in (0, 100):
        write_checkpoint(written, epoch, random_weights(other), torch.float32)
    run = refresh(run)
    still()
    assert (run.config.p, run.epochs) == (7, (0, 100))
    assert lasting_warnings(run) == (f"{written} now contains a different model; reopen it.",)


def test_a_deleted_folder_leaves_the_run_as_it_was(steps):
    run = open_run(steps)
    shutil.rmtree(steps)
    assert refresh(run).epochs == (0, 100)


@pytest.mark.parametrize("native_run", [True, False])
def test_a_run_without_a_complete_checkpoint_is_not_ready(tmp_path, tiny_config, state, native_run):
    if native_run:
        write_run(tmp_path, tiny_config, None)
    with pytest.raises(RunNotReady, match=r"is empty|contains no checkpoint"):
        open_run(tmp_path)
    if not native_run:
        half_written(tmp_path / "step_0.pt", state)
        with pytest.raises(RunNotReady, match="damaged"):
            open_run(tmp_path)


def test_a_first_checkpoint_that_stays_incomplete_is_an_error(tmp_path, state, still):
    half_written(tmp_path / "step_0.pt", state)
    still()
    with pytest.raises(UnreadableRun, match="damaged") as rejected:
        open_run(tmp_path)
    assert not isinstance(rejected.value, RunNotReady)


def test_the_readmes_recipe_writes_a_run_that_grows(tmp_path, state, monkeypatch):
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    recipe = text.partition("<!-- recipe -->\n```python\n")[2].partition("```\n<!-- /recipe -->")[0]
    model = torch.nn.Module()
    monkeypatch.setattr(model, "state_dict", lambda: state)
    opened: list[Run] = []

    def step(trained: torch.nn.Module) -> tuple[torch.Tensor, float]:
        assert trained is model
        if (tmp_path / "my-run" / "step_100.pt").exists() and not opened:
            opened.append(open_run(tmp_path / "my-run"))
        return torch.tensor(0.5), 2.0

    (tmp_path / "my-run").mkdir()
    monkeypatch.chdir(tmp_path)
    exec(recipe, {"model": model, "step": step, "n_epochs": 200, "train_indices": [1, 8]})
    (run,) = opened
    assert (run.epochs, run.losses.at(100)) == ((0, 100), (0.5, 2.0))
    run = refresh(run)
    assert (run.epochs, run.losses.at(200), run.warnings) == ((0, 100, 200), (0.5, 2.0), ())
    assert run.split.train.sum() == 2


def test_the_explorer_keeps_the_results_of_unchanged_checkpoints(steps, state_of):
    explorer = Explorer(open_run(steps), keys=[1, 2])
    summaries = {epoch: explorer.summary(epoch) for epoch in (0, 100)}
    assert not explorer.refresh()
    torch.save(state_of(7), steps / "step_100.pt")
    torch.save(state_of(8), steps / "step_200.pt")
    assert explorer.refresh()
    assert explorer.epochs == (0, 100, 200)
    assert explorer.summary(0) is summaries[0]
    assert explorer.summary(100) is not summaries[100]
    assert explorer.network(100).W_logit.equal(Explorer(open_run(steps)).network(100).W_logit)


def test_run_metrics_are_computed_for_new_and_changed_checkpoints(steps, state_of):
    explorer = Explorer(open_run(steps), keys=[1, 2])
    assert list(explorer.run_metrics(100).steps()) == [0, 100]
    complete = explorer.run_metrics(100).snapshot()
    torch.save(state_of(7), steps / "step_100.pt")
    torch.save(state_of(8), steps / "step_200.pt")
    explorer.refresh()
    partial = explorer.run_metrics(100).snapshot()
    assert (partial.epochs, partial.total, partial.complete) == ([0], 3, False)
    assert partial.metrics[0] is complete.metrics[0]
    assert list(explorer.run_metrics(200).steps()) == [100, 200]  # another reference with the same keys
    assert explorer.run_metrics(200).snapshot().complete


def test_inferring_the_split_is_retried_until_it_succeeds(steps, state_of, monkeypatch):
    from engine.networks.split import Split, random_seed_split

    answers: list[Split | None] = [None, Split(random_seed_split(7, 0, 14), "random.seed", 0)]
    monkeypatch.setattr("engine.metrics.split_recognition.infer_split", lambda loss, recorded, n_train: answers.pop(0))
    explorer = Explorer(open_run(steps), keys=[1])
    assert explorer.summary(0).losses.loss.test is None
    assert explorer.split is None  # and is not tried again at the same checkpoint
    torch.save(state_of(200), steps / "step_200.pt")
    explorer.refresh()
    assert explorer.summary(0).losses.loss.test is not None
    inferred = explorer.split
    torch.save(state_of(300), steps / "step_300.pt")
    explorer.refresh()
    assert explorer.split is inferred
    assert answers == []
