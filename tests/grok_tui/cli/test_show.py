"""`grok-tui show`: every view in every format, files, options that select."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import Explorer, open_run
from grok_tui.cli.show import parse_size
from grok_tui.render.palette import DARK, LIGHT
from grok_tui.session.settings import settings_path
from grok_tui.views import VIEWS
from tests.losses_only import write_losses_only


@pytest.fixture(params=["run", "checkpoint"])
def source(request, tiny_run, single) -> Path:
    """A run of several checkpoints, and a single checkpoint."""
    return tiny_run if request.param == "run" else single


@pytest.mark.parametrize("view", [name for name, view in VIEWS.items() if view.over_epochs])
def test_a_view_over_epochs_needs_several_checkpoints(view, single, run) -> None:
    for form in ("text", "csv", "json", "svg-screen"):
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

    svg = run("show", view, source, "--format", "svg-screen").out
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
        ("a.svg", ["--format", "svg-screen"], "<svg"),
        ("a.csv", [], "epoch,"),
        ("a.json", [], "{"),
        ("a.txt", [], "losses"),
        ("b.txt", ["--format", "csv"], "epoch,"),
    ):
        assert run("show", "losses", tiny_run, "--output", tmp_path / name, *options).status == 0
        assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize("command", [("show", "clusters"), ("report",), ("runs",)])
def test_an_existing_file_is_overwritten_by_force_alone(command, tiny_run, tmp_path, run) -> None:
    target = tmp_path / "out.json"
    target.write_text("mine")
    status, out, err = run(*command, tiny_run, "--output", target)
    assert (status, out) == (1, "")
    assert err == f"{target} exists; pass --force to overwrite it, or another name to --output.\n"
    assert target.read_text() == "mine"

    status, out, err = run(*command, tiny_run, "--output", target, "--force")
    assert (status, out, err.splitlines()[0]) == (0, "", f"Wrote {target}.")
    assert json.loads(target.read_text())["provenance" if command != ("report",) else "epoch"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_force_without_a_file_and_a_folder_as_file_are_refused(tiny_run, tmp_path, run) -> None:
    status, _, err = run("report", tiny_run, "--force")
    assert (status, err) == (2, "--force overwrites the file of --output; pass --output FILE too, or omit it.\n")
    status, _, err = run("report", tiny_run, "--format", "json", "--output", tmp_path)
    assert (status, err) == (1, f"{tmp_path} is a folder; pass the name of a file to --output.\n")


def test_a_pipe_as_output_is_written_to(tiny_run, tmp_path, run) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        content = reader.submit(pipe.read_text)
        assert run("show", "clusters", tiny_run, "--output", pipe).status == 0
        assert content.result(timeout=60).startswith("frequency,neurons")
    assert pipe.is_fifo()


def test_the_nearest_checkpoints_are_shown_and_said(tiny_run, run) -> None:
    options = ("--epoch", 14, "--against", 33, "--reference-epoch", 99, "--nearest")
    status, out, err = run("show", "neuron", tiny_run, *options, "--format", "json")
    assert status == 0
    name = tiny_run.name
    assert err.splitlines() == [
        f"{name} has no checkpoint at epoch 14; --epoch takes the nearest, 10.",
        f"{name} has no checkpoint at epoch 99; --reference-epoch takes the nearest, 40.",
        f"{name} has no checkpoint at epoch 33; --against takes the nearest, 30.",
    ]
    provenance = json.loads(out)["provenance"]
    assert (provenance["epoch"], provenance["reference_epoch"], provenance["against"]["epoch"]) == (10, 40, 30)
    assert provenance["requested_epochs"] == {"epoch": 14, "reference_epoch": 99}
    assert provenance["against"]["requested_epochs"] == {"epoch": 33}
    text = run("show", "neuron", tiny_run, *options).out
    assert f"{name} at epoch 10 (nearest to 14)" in text
    assert "of epoch 40 (nearest to 99)" in text
    assert "against its epoch 30 (nearest to 33)\n" in text


def test_nearest_changes_nothing_for_an_epoch_that_exists(tiny_run, run) -> None:
    arguments = ("show", "neuron", tiny_run, "--epoch", 20, "--format", "json")
    assert run(*arguments) == run(*arguments, "--nearest")


def test_figures_have_the_background_of_the_option_else_of_the_settings(tiny_run, run, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings_path().parent.mkdir(parents=True)

    def background(*options: str) -> str:
        svg = run("show", "losses", tiny_run, "--format", "svg-screen", *options).out
        (name,) = (name for name, palette in (("dark", DARK), ("light", LIGHT)) if palette.background in svg)
        return name

    for text, expected in (
        ("", "dark"),
        ('theme = "textual-light"', "light"),
        ('theme = "solarized-light"', "light"),
        ('theme = "nord"', "dark"),
        ('palette = "light"', "light"),
        ('theme = "textual-light"\npalette = "dark"', "dark"),
    ):
        settings_path().write_text(text, encoding="utf-8")
        assert background() == expected, text
        assert background("--theme", "light") == "light"
        assert background("--theme", "dark") == "dark"
    settings_path().write_text('theme = "nope"', encoding="utf-8")
    assert "Unknown theme 'nope'" in run("show", "losses", tiny_run, "--format", "svg-screen").err


def test_text_ends_with_the_last_line_of_the_figure(tiny_run, run) -> None:
    for form in ("text", "ansi"):
        lines = run("show", "clusters", tiny_run, "--size", "80x40", "--format", form).out.split("\n")
        assert lines[-1] == ""
        assert lines[-2].strip()


def test_what_is_ablated_is_said_once(tiny_run, run) -> None:
    text = run("show", "ablation", tiny_run, "--without-head", 1).out
    assert text.count("head 1 (zero ablation)") == 1
    assert "head 1" in run("show", "ablation", tiny_run, "--without-head", 1, "--format", "md").out


@pytest.mark.parametrize("view", ["clusters", "cluster-spectra"])
def test_a_cluster_has_its_name_as_well_as_its_number(view, tiny_run, run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("show", view, tiny_run, "--format", "csv").out)))
    assert {row["cluster"] for row in rows if not row["frequency"]} == {"rest"}
    assert all(row["cluster"] == row["frequency"] for row in rows if row["frequency"])
    answer = json.loads(run("show", view, tiny_run, "--format", "json").out)
    place = answer["columns"].index("frequency")
    assert answer["columns"][-1] == "cluster"
    assert all(row[-1] == ("rest" if row[place] is None else str(row[place])) for row in answer["rows"])


def test_the_folder_of_the_file_is_not_created(tiny_run, tmp_path, run) -> None:
    folder = tmp_path / "none"
    status, _, err = run("show", "losses", tiny_run, "--output", folder / "a.svg")
    assert (status, err) == (1, f"{folder / 'a.svg'}: the folder {folder} does not exist.\n")
    assert not folder.exists()


def test_ascii_draws_with_ascii_only(tiny_run, run) -> None:
    for view in ("losses", "neuron", "spectrum", "clusters"):
        assert run("show", view, tiny_run, "--ascii").out.isascii(), view
        assert not run("show", view, tiny_run, "--no-ascii").out.isascii(), view


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


@pytest.mark.parametrize("form", ["text", "ansi", "svg-screen"])
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
