"""Rows read from runs: their states, settings and losses, and the cache that makes them quick."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from time import time

import pytest

from engine import ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from engine.many_runs import summarise
from engine.many_runs.discovery import FoundRun
from engine.many_runs.measure import measure_run
from engine.many_runs.row_cache import RowCache
from engine.many_runs.rows import RowReader, read_row
from engine.many_runs.run_row import RunRow
from engine.runs.lock_owner import OWNER_NAME, Owner
from engine.runs.native_run import write_run
from engine.runs.run import Run


def row(path: Path, cache: Path | None = None) -> RunRow:
    found = read_row(path, cache)
    assert found is not None
    return found


def age(folder: Path, seconds: float = 3600) -> Path:
    """Date all files and folders back: new ones are not cached."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (time() - seconds, time() - seconds))
    return folder


@pytest.fixture
def run_copy(tiny_run, tmp_path) -> Path:
    """An hour old copy of a native run."""
    return age(Path(shutil.copytree(tiny_run, tmp_path / "copy")))


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def test_the_row_of_a_native_run_has_its_settings_and_last_losses(tiny_run) -> None:
    found, run = row(tiny_run), open_run(tiny_run)
    assert (found.name, found.path, found.state, found.epoch, found.epochs) == ("tiny", tiny_run, "finished", 40, 40)
    recorded = json.loads((tiny_run / "run.json").read_text())
    assert {
        "p": 7,
        "operation": "add",
        "seed": 0,
        "weight_decay": 1.0,
        "frac_train": 0.5,
    }.items() <= found.settings.items()
    assert found.settings["betas"] == "0.9, 0.98"
    assert set(recorded["model"]) | set(recorded["training"]) <= set(found.settings)
    assert "transformer" in str(found.settings["architecture"])
    assert run.losses is not None
    assert (found.train_loss, found.test_loss) == run.losses.at(40)
    assert found.losses.epochs == tuple(run.losses.epochs.tolist())
    assert found.losses.train == tuple(run.losses.train.tolist())
    assert found.measured is None


def test_a_run_that_is_not_trained_to_its_end_is_stopped(tmp_path) -> None:
    config, training = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12), TrainingConfig(epochs=40)
    write_run(tmp_path / "planned", config, None, training)
    assert (row(tmp_path / "planned").state, row(tmp_path / "planned").epoch) == ("stopped", None)
    assert row(tmp_path / "planned").epochs == 40
    steps = iter(range(100))
    train(config, training, path=tmp_path / "part", should_stop=lambda: next(steps) >= 20)
    part = row(tmp_path / "part")
    assert part.state == "stopped"
    assert part.epoch is None or part.epoch < 40


def test_a_run_that_reached_its_test_loss_is_finished(tmp_path) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    train(config, TrainingConfig(epochs=100, stop_when=1e3, save_every=SaveSchedule.parse("10")), path=tmp_path / "run")
    found = row(tmp_path / "run")
    assert found.state == "finished"
    assert found.epoch is not None
    assert found.epoch < 100


def test_a_run_is_growing_while_its_trainer_lives(run_copy) -> None:
    owner = run_copy / OWNER_NAME
    owner.write_text(json.dumps(asdict(Owner.this_process())))
    assert row(run_copy).state == "growing"
    owner.write_text(json.dumps(asdict(replace(Owner.this_process(), started="1"))))
    assert row(run_copy).state == "finished"


def test_a_trainer_on_another_host_counts_while_it_writes(run_copy) -> None:
    (run_copy / OWNER_NAME).write_text(json.dumps(asdict(Owner(1, "another-host", None))))
    assert row(run_copy).state == "finished"
    os.utime(run_copy / "losses.csv")
    assert row(run_copy).state == "growing"


def test_a_run_that_cannot_be_read_is_damaged_and_says_why(run_copy) -> None:
    (run_copy / "run.json").write_text("{")
    found = row(run_copy)
    assert found.state == "damaged"
    assert found.problem is not None
    assert "run.json is not valid JSON" in found.problem


def test_an_error_that_is_not_ours_makes_one_run_damaged(run_copy, tiny_run, monkeypatch) -> None:
    def fail_for_one(path: Path, **options: object) -> Run:
        return open_run(path) if path == tiny_run else Run(1 / 0)  # type: ignore[arg-type, call-arg]

    monkeypatch.setattr(summarise, "open_run", fail_for_one)
    damaged, good = RowReader().rows([run_copy, tiny_run])
    assert (damaged.state, good.state) == ("damaged", "finished")
    assert damaged.problem == f"{run_copy} cannot be read: ZeroDivisionError: division by zero"


def test_one_damaged_checkpoint_does_not_make_a_run_damaged(run_copy) -> None:
    (run_copy / "checkpoints" / "epoch-000040.safetensors").write_bytes(b"torn")
    assert row(run_copy).state == "stopped"


def test_a_run_of_another_program_is_growing_while_its_files_change(case, tmp_path) -> None:
    copy = Path(shutil.copytree(case("A13/run"), tmp_path / "run"))
    os.utime(copy / "epoch_000600.pt")
    assert row(copy).state == "growing"
    found = row(age(copy))
    assert (found.state, found.epoch, found.settings["p"]) == ("finished", 600, 23)
    assert len(found.losses.epochs) == 7


def test_settings_of_other_programs_have_our_names(real) -> None:
    found = row(real("families/bare_names_p53"))
    assert found.settings["weight_decay"] == 1.0
    assert (found.settings["p"], found.test_accuracy) == (53, 1.0)


def test_a_folder_that_records_no_losses_after_all_has_no_row(tmp_path) -> None:
    (tmp_path / "metrics.csv").write_text("name,size\na,3\n")
    assert read_row(tmp_path) is None
    (tmp_path / "metrics.csv").write_text("epoch,train_loss,test_loss\n0,4.5,4.6\n10,3.5,4.7\n")
    assert row(tmp_path).test_loss == 4.7
    assert not row(tmp_path).has_weights
    assert not row(age(tmp_path)).lacks_metrics


def test_rows_come_one_after_the_other(run_copy, tiny_run) -> None:
    rows = RowReader().rows([run_copy, tiny_run])
    assert next(rows).path == run_copy
    assert next(rows).path == tiny_run


# The cache -----------------------------------------------------------------------------------------------------------


def test_a_cached_row_is_the_same_and_needs_no_torch(run_copy, cache) -> None:
    first = row(run_copy, cache)
    assert row(run_copy, cache) == first
    program = (
        "import sys; from pathlib import Path; from engine.many_runs.rows import read_row; "
        "print(read_row(Path(sys.argv[1]), Path(sys.argv[2])).test_loss, {'torch', 'numpy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(run_copy), str(cache)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out.split() == [repr(first.test_loss), "set()"]


@pytest.mark.parametrize("name", ["run.json", "losses.csv", "checkpoints/epoch-000040.safetensors"])
def test_a_changed_file_makes_the_row_outdated(run_copy, cache, name) -> None:
    before = row(run_copy, cache)
    (run_copy / name).write_text("damaged")
    assert row(run_copy, cache) == row(run_copy)
    assert row(run_copy, cache) != before


def test_a_new_checkpoint_makes_the_row_outdated(run_copy, cache) -> None:
    assert row(run_copy, cache).epoch == 40
    folder = run_copy / "checkpoints"
    shutil.copy(folder / "epoch-000040.safetensors", folder / "epoch-000050.safetensors")
    assert row(run_copy, cache).epoch == 50


def test_a_damaged_cache_is_ignored(run_copy, cache) -> None:
    first = row(run_copy, cache)
    file = RowCache(cache / "runs").file(run_copy)
    assert file is not None
    for content in ("", "[]", "{}", file.read_text().replace('"losses"', '"lasses"'), "\0"):
        file.write_text(content)
        assert row(run_copy, cache) == first


def test_a_new_file_is_not_cached(tiny_run, tmp_path, cache) -> None:
    copy = Path(shutil.copytree(tiny_run, tmp_path / "new"))
    os.utime(copy / "losses.csv")
    row(copy, cache)
    assert RowCache(cache / "runs").load(copy) is None


def test_a_reader_keeps_the_rows_of_unchanged_runs(run_copy, cache) -> None:
    reader, found = RowReader(cache), FoundRun("copy", run_copy, "native")
    first = reader.read(found)
    assert reader.read(found) is first
    (run_copy / OWNER_NAME).write_text(json.dumps(asdict(Owner.this_process())))
    growing = reader.read(found)
    assert growing is not None
    assert growing.state == "growing"
    shutil.rmtree(run_copy)
    assert reader.read(found) is None


def test_a_reader_sees_what_another_process_measures(run_copy, cache) -> None:
    reader, found = RowReader(cache), FoundRun("copy", run_copy, "native")
    before = reader.read(found)
    assert measure_run(run_copy, cache)
    after = reader.read(found)
    assert before is not None
    assert after is not None
    assert before.measured is None
    assert after.measured is not None
    assert reader.read(found) is after
    assert row(run_copy, cache).measured == after.measured


def test_a_link_to_a_run_has_the_metrics_of_the_run(run_copy, cache, tmp_path) -> None:
    (tmp_path / "link").symlink_to(run_copy, target_is_directory=True)
    assert measure_run(run_copy, cache)
    assert row(tmp_path / "link", cache).measured == row(run_copy, cache).measured is not None


def test_a_reader_sees_the_losses_of_metrics_where_none_are_recorded(run_copy, cache) -> None:
    (run_copy / "losses.csv").unlink()
    reader, found = RowReader(cache), FoundRun("copy", age(run_copy), "native")
    before = reader.read(found)
    measure_run(run_copy, cache)
    after = reader.read(found)
    assert before is not None
    assert after is not None
    assert (before.test_loss, before.losses.epochs) == (None, ())
    assert after.test_loss is not None
    assert after.losses.epochs == (0, 10, 20, 30, 40)


def test_a_cache_that_cannot_be_written_is_no_error(run_copy, tmp_path) -> None:
    (tmp_path / "file").touch()
    assert row(run_copy, tmp_path / "file").epoch == 40


def test_a_file_that_may_still_be_incomplete_is_read_again(run_copy, cache) -> None:
    (run_copy / "losses.csv").write_text("epoch,train_loss,test_loss\nnothing\n")
    os.utime(run_copy / "losses.csv", (time() - 3, time() - 3))
    reader, found = RowReader(cache), FoundRun("copy", run_copy, "native")
    new = reader.read(found)
    assert new is not None
    assert (new.state, new.settings["p"]) == ("stopped", 7)
    os.utime(run_copy / "losses.csv", (time() - 60, time() - 60))
    for again in (reader.read(found), row(run_copy, cache)):
        assert again is not None
        assert again.state == "damaged"


def test_a_folder_whose_only_checkpoint_is_still_being_written_is_growing(tmp_path) -> None:
    (tmp_path / "step_1.pt").touch()
    found = row(tmp_path)
    assert found.state == "growing"
    assert found.problem is not None
    assert "is empty" in found.problem


def test_metrics_are_missing_where_they_can_be_computed(run_copy, cache, tmp_path) -> None:
    assert row(run_copy, cache).lacks_metrics
    (run_copy / OWNER_NAME).write_text(json.dumps(asdict(Owner.this_process())))
    assert not row(run_copy, cache).lacks_metrics
    (run_copy / OWNER_NAME).unlink()
    measure_run(run_copy, cache)
    assert not row(run_copy, cache).lacks_metrics
    write_run(tmp_path / "planned", ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12), None, TrainingConfig())
    assert not row(tmp_path / "planned").lacks_metrics
