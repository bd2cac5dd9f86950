"""Position and layout are saved per run and restored."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from engine import Explorer, open_run
from grok_tui.session.saved_session import Layout, load_session, recent_runs, restore_selection, save_session
from grok_tui.session.selection import initial_selection

LAYOUT = Layout("progress", "progress", True)


def test_a_saved_position_is_restored(explorer) -> None:
    start = initial_selection(explorer)
    position = replace(start, epoch=20, reference_epoch=30, neuron=7, head=1, dimension=3, x=2, y=5, order="unwrapped")
    save_session(explorer, position, LAYOUT)
    saved = load_session(explorer.run.location)
    assert saved is not None
    assert saved.layout == LAYOUT
    assert restore_selection(explorer, start, saved) == position


def test_the_last_epoch_stays_the_last_of_a_run_that_grows(tmp_path, tiny_run) -> None:
    path = tmp_path / "run"
    shutil.copytree(tiny_run, path)
    late = path / "checkpoints" / "epoch-000040.safetensors"
    late.rename(tmp_path / "later")
    young = Explorer(open_run(path))
    save_session(young, initial_selection(young), LAYOUT)
    (tmp_path / "later").rename(late)
    grown = Explorer(open_run(path))
    saved = load_session(str(path.absolute()))
    assert saved is not None
    assert restore_selection(grown, initial_selection(grown), saved).epoch == 40


def test_numbers_that_the_run_does_not_have_are_ignored(explorer) -> None:
    start = initial_selection(explorer)
    save_session(explorer, replace(start, neuron=11, epoch=20), LAYOUT)
    (file,) = _files()
    session = json.loads(file.read_text())
    file.write_text(json.dumps(session | {"neuron": 12, "head": -1, "epoch": 23, "order": "sideways"}))
    saved = load_session(explorer.run.location)
    assert saved is not None
    assert restore_selection(explorer, start, saved) == replace(start, epoch=20)


def test_a_former_view_name_is_restored_as_the_current_one(explorer) -> None:
    save_session(explorer, initial_selection(explorer), Layout("interventions", "bench", False))
    saved = load_session(explorer.run.location)
    assert saved is not None
    assert saved.layout == Layout("interventions", "ablation", False)


def test_an_unreadable_file_is_ignored(explorer) -> None:
    assert load_session(explorer.run.location) is None
    save_session(explorer, initial_selection(explorer), LAYOUT)
    (file,) = _files()
    for text in ("", "[]", "{", '{"layout": 3}', '{"layout": {"workspace": "x"}}'):
        file.write_text(text)
        assert load_session(explorer.run.location) is None
        assert recent_runs() == []


def test_recent_runs_are_those_that_exist(tmp_path, tiny_run) -> None:
    for name in ("a", "b"):
        shutil.copytree(tiny_run, tmp_path / name)
        opened = Explorer(open_run(tmp_path / name))
        save_session(opened, initial_selection(opened), LAYOUT)
    assert set(recent_runs()) == {tmp_path / "a", tmp_path / "b"}
    shutil.rmtree(tmp_path / "a")
    assert recent_runs() == [tmp_path / "b"]


@pytest.mark.parametrize(("location", "recent"), [("hf://me/run/a.pth", True), ("https://host/a.pth?…", False)])
def test_an_address_is_recent_unless_a_secret_is_left_out(explorer, location, recent) -> None:
    opened = Explorer(replace(explorer.run, address=location))
    save_session(opened, initial_selection(opened), LAYOUT)
    assert load_session(location) is not None
    assert [str(run) for run in recent_runs()] == [location] * recent


def _files():
    from platformdirs import user_state_path

    return list((user_state_path("grok-tui") / "sessions").glob("*.json"))


def test_without_a_home_nothing_is_saved_or_recalled(explorer, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    save_session(explorer, initial_selection(explorer), LAYOUT)
    assert load_session(explorer.run.location) is None
    assert recent_runs() == []
