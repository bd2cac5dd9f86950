"""`grok-tui show`: every view in every format, files, options that select."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import Explorer, open_run
from grok_tui.cli.show import parse_size
from grok_tui.views import VIEWS
from tests.losses_only import write_losses_only


@pytest.fixture(params=["run", "checkpoint"])
def source(request, tiny_run, single) -> Path:
    """A run of several checkpoints, and a single checkpoint."""
    return tiny_run if request.param == "run" else single


@pytest.mark.parametrize("view", [name for name, view in VIEWS.items() if view.over_epochs])
def test_a_view_over_epochs_needs_several_checkpoints(view, single, run) -> None:
    for form in ("text", "csv", "json", "svg"):
        status, out, err = run("show", view, single, "--format", form)
        assert (status, out) == (1, "")
        assert "needs more than one checkpoint" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_prints_in_every_format(view, source, tiny_run, run) -> None:
    if VIEWS[view].over_epochs and source != tiny_run:
        return
    status, text, _ = run("show", view, source, "--size", "60x16")
    assert status == 0
    assert len(text.splitlines()) <= 16 + 4
    assert "p = 7" in text
    assert "\x1b" not in text

    assert "\x1b[" in run("show", view, source, "--format", "ansi", "--size", "60x16").out

    svg = run("show", view, source, "--format", "svg").out
    assert ElementTree.fromstring(svg).tag.endswith("svg")

    answer = json.loads(run("show", view, source, "--format", "json").out)
    assert answer["view"] == view
    assert answer["provenance"]["config"]["p"] == 7
    assert all(len(row) == len(answer["columns"]) for row in answer["rows"])

    rows = list(csv.reader(io.StringIO(run("show", view, source, "--format", "csv").out)))
    assert rows[0] == answer["columns"]
    assert len(rows) == len(answer["rows"]) + 1


@pytest.mark.parametrize(
    ("view", "options", "selected"),
    [
        ("neuron", ["--neuron", 3], {"neuron": 3}),
        ("attention-map", ["--head", 1], {"head": 1}),
        ("pair", ["--pair", 2, 5], {"pair": [2, 5]}),
        ("losses", [], {}),
    ],
)
def test_provenance_names_the_neuron_head_or_pair(view, options, selected, tiny_run, run) -> None:
    out = run("show", view, tiny_run, *options, "--format", "json").out
    assert json.loads(out)["provenance"]["selected"] == selected


def test_the_ending_of_the_file_is_the_default_format(tiny_run, tmp_path, run) -> None:
    for name, options, start in (
        ("a.svg", [], "<svg"),
        ("a.csv", [], "epoch,"),
        ("a.json", [], "{"),
        ("a.txt", [], "losses"),
        ("b.txt", ["--format", "csv"], "epoch,"),
    ):
        assert run("show", "losses", tiny_run, "--output", tmp_path / name, *options).status == 0
        assert (tmp_path / name).read_text().startswith(start)


def test_an_existing_file_is_not_overwritten(tiny_run, tmp_path, run) -> None:
    for name in ("out.csv", "out-1.csv"):
        status, out, err = run("show", "clusters", tiny_run, "--format", "csv", "--output", tmp_path / "out.csv")
        assert (status, out) == (0, "")
        assert err == f"Wrote {tmp_path / name}.\n"
        assert (tmp_path / name).read_text().startswith("frequency,neurons")


def test_the_folder_of_the_file_is_not_created(tiny_run, tmp_path, run) -> None:
    folder = tmp_path / "none"
    status, _, err = run("show", "losses", tiny_run, "--output", folder / "a.svg")
    assert (status, err) == (1, f"{folder / 'a.svg'}: the folder {folder} does not exist.\n")
    assert not folder.exists()


def test_ascii_draws_with_ascii_only(tiny_run, run) -> None:
    for view in ("losses", "neuron", "spectrum", "clusters"):
        assert run("show", view, tiny_run, "--ascii").out.isascii(), view


def test_losses_that_were_not_recorded_are_computed(single, run, tmp_path) -> None:
    single = Path(shutil.copy(single, tmp_path))  # away from the losses of its run
    answer = json.loads(run("show", "losses", single, "--format", "json").out)
    row = dict(zip(answer["columns"], answer["rows"][0], strict=True))
    expected = Explorer(open_run(single)).summary(40).losses
    assert row["loss"] == pytest.approx(expected.loss.all)
    assert row["accuracy"] == pytest.approx(expected.accuracy.all)


def test_maps_are_tables_in_long_form(tiny_run, run) -> None:
    answer = json.loads(run("show", "neuron", tiny_run, "--neuron", 3, "--format", "json").out)
    assert answer["columns"] == ["x", "y", "value"]
    assert len(answer["rows"]) == 49
    assert run("show", "spectrum", tiny_run, "--format", "csv").out.startswith("component_x,component_y,value")


def test_options_select_what_is_shown(tiny_run, run) -> None:
    text = run("show", "neuron", tiny_run, "--epoch", 20, "--neuron", 5).out
    assert text.startswith("neuron 5 · activation over x, y · epoch 20")
    assert "unwrapped: tokens in order of" in run("show", "neuron", tiny_run, "--order", "unwrapped").out


def test_without_a_size_the_terminal_s_is_taken(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("LINES", "40")
    assert parse_size(None) == (90, 37)
    assert parse_size("100x30") == (100, 30)
    monkeypatch.setenv("COLUMNS", "99999999")
    assert parse_size(None) == (1000, 37)


@pytest.mark.parametrize("form", ["text", "ansi", "svg"])
def test_names_keep_their_letters(tiny_run, tmp_path, run, form) -> None:
    path = shutil.copytree(tiny_run, tmp_path / "実験-モデル")
    status, out, _ = run("show", "losses", path, "--format", form)
    assert status == 0
    assert "実験-モデル" in out
    assert "実験-モデル" in run("info", path).out
    assert "実験-モデル" in run("report", path).out
    assert "実験-モデル does not exist" in run("info", tmp_path / "x実験-モデル").err


def test_of_a_run_without_weights_the_losses_and_phases_are_shown(tmp_path, run) -> None:
    folder = write_losses_only(tmp_path / "losses")
    status, out, _ = run("show", "losses", folder, "--format", "csv")
    assert status == 0
    assert out.splitlines()[:2] == ["epoch,train_loss,test_loss,test_accuracy", "0,4.0,4.0,0.0"]
    assert "circuit formation to 400" in run("show", "phases", folder).out
    status, out, err = run("show", "spectrum", folder)
    assert (status, out) == (1, "")
    assert err == "`spectrum` needs weights; losses has losses but no checkpoints.\n"


def test_two_runs_without_weights_are_compared(tmp_path, run) -> None:
    folders = [write_losses_only(tmp_path / name) for name in ("a", "b")]
    assert run("show", "losses", folders[0], "--against-run", folders[1]).status == 0
