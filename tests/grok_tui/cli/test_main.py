"""The commands as programs use them: what goes to stdout, what to stderr, and the exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import Explorer, open_run
from grok_tui.cli.main import main
from grok_tui.views import VIEWS
from tests.engine.networks.plain_model import plain_forward


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture(params=["run", "checkpoint"])
def source(request, tiny_run) -> Path:
    """A run of several checkpoints, and a single one."""
    return tiny_run if request.param == "run" else single(tiny_run)


def single(tiny_run: Path) -> Path:
    return tiny_run / "checkpoints" / "epoch-000040.safetensors"


@pytest.mark.parametrize("view", [name for name, view in VIEWS.items() if view.over_epochs])
def test_a_view_over_epochs_says_that_it_needs_several_checkpoints(view, tiny_run, capsys) -> None:
    for form in ("text", "csv", "json", "svg"):
        status, out, err = run(capsys, "show", view, single(tiny_run), "--format", form)
        assert (status, out) == (1, "")
        assert "needs more than one checkpoint" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_leaves_in_every_format(view, source, tiny_run, capsys) -> None:
    if VIEWS[view].over_epochs and source != tiny_run:
        return
    status, text, _ = run(capsys, "show", view, source, "--size", "60x16")
    assert status == 0
    lines = text.splitlines()
    assert len(lines) <= 16 + 3
    assert "p = 7" in text
    assert "\x1b" not in text

    status, ansi, _ = run(capsys, "show", view, source, "--format", "ansi", "--size", "60x16")
    assert "\x1b[" in ansi

    status, svg, _ = run(capsys, "show", view, source, "--format", "svg")
    assert ElementTree.fromstring(svg).tag.endswith("svg")

    status, out, _ = run(capsys, "show", view, source, "--format", "json")
    found = json.loads(out)
    assert found["view"] == view
    assert found["provenance"]["config"]["p"] == 7
    assert all(len(row) == len(found["columns"]) for row in found["rows"])

    status, out, _ = run(capsys, "show", view, source, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == found["columns"]
    assert len(rows) == len(found["rows"]) + 1


@pytest.mark.parametrize(
    ("view", "options", "selected"),
    [
        ("neuron", ["--neuron", 3], {"neuron": 3}),
        ("attention-map", ["--head", 1], {"head": 1}),
        ("pair", ["--pair", 2, 5], {"pair": [2, 5]}),
        ("losses", [], {}),
    ],
)
def test_provenance_says_which_neuron_head_or_pair(view, options, selected, tiny_run, capsys) -> None:
    _, out, _ = run(capsys, "show", view, tiny_run, *options, "--format", "json")
    assert json.loads(out)["provenance"]["selected"] == selected


def test_a_file_s_ending_is_its_format_unless_told(tiny_run, tmp_path, capsys) -> None:
    for name, options, begins in (
        ("a.svg", [], "<svg"),
        ("a.csv", [], "epoch,"),
        ("a.json", [], "{"),
        ("a.txt", [], "losses"),
        ("b.txt", ["--format", "csv"], "epoch,"),
    ):
        assert run(capsys, "show", "losses", tiny_run, "--output", tmp_path / name, *options)[0] == 0
        assert (tmp_path / name).read_text().startswith(begins)


def test_a_report_s_ending_is_its_format_too(tiny_run, tmp_path, capsys) -> None:
    assert run(capsys, "report", tiny_run, "--output", tmp_path / "a.json")[0] == 0
    assert json.loads((tmp_path / "a.json").read_text())["epoch"] == 40
    assert run(capsys, "report", tiny_run, "--output", tmp_path / "a.md")[0] == 0
    assert (tmp_path / "a.md").read_text().startswith("#")


@pytest.mark.parametrize("command", [("show", "losses"), ("show", "neuron"), ("report",), ()])
def test_what_the_terminal_s_encoding_lacks_is_spelt_otherwise(command, tiny_run) -> None:
    words = [sys.executable, "-m", "grok_tui", *command, str(tiny_run)]
    found = subprocess.run(words, env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout.isascii()
    if command != ("report",):
        assert b"\\" not in found.stdout


@pytest.mark.parametrize("command", [("show", "neuron", "--ascii"), ("--ascii",)])
def test_ascii_is_nothing_else(command, tiny_run, capsys) -> None:
    place = 2 if command[0] == "show" else 0
    _, out, _ = run(capsys, *command[:place], tiny_run, *command[place:])
    assert out.isascii()


def test_losses_that_were_not_recorded_are_computed(tiny_run, capsys) -> None:
    single = tiny_run / "checkpoints" / "epoch-000040.safetensors"
    _, out, _ = run(capsys, "show", "losses", single, "--format", "json")
    found = json.loads(out)
    row = dict(zip(found["columns"], found["rows"][0], strict=True))
    expected = Explorer(open_run(single)).summary(40).losses
    assert row["loss"] == pytest.approx(expected.loss.all)
    assert row["accuracy"] == pytest.approx(expected.accuracy.all)


def test_no_folder_is_made_for_a_file(tiny_run, tmp_path, capsys) -> None:
    status, _, err = run(capsys, "show", "losses", tiny_run, "--output", tmp_path / "none" / "a.svg")
    assert status == 1
    assert f"There is no folder {tmp_path / 'none'} to write a.svg into." in err
    assert not (tmp_path / "none").exists()


def test_maps_are_tables_in_long_form(tiny_run, capsys) -> None:
    _, out, _ = run(capsys, "show", "neuron", tiny_run, "--neuron", 3, "--format", "json")
    found = json.loads(out)
    assert found["columns"] == ["x", "y", "value"]
    assert len(found["rows"]) == 49
    _, out, _ = run(capsys, "show", "spectrum", tiny_run, "--format", "csv")
    assert out.startswith("component_x,component_y,value")


def test_place_options_choose_what_is_shown(tiny_run, capsys) -> None:
    _, text, _ = run(capsys, "show", "neuron", tiny_run, "--epoch", 20, "--neuron", 5)
    assert text.startswith("neuron 5 · activation over x, y · epoch 20")
    _, text, _ = run(capsys, "show", "neuron", tiny_run, "--order", "unwrapped")
    assert "unwrapped: tokens in order of" in text


def test_output_goes_to_a_new_file_and_never_over_an_old_one(tiny_run, tmp_path, capsys) -> None:
    for name in ("out.csv", "out-1.csv"):
        status, out, err = run(
            capsys, "show", "clusters", tiny_run, "--format", "csv", "--output", tmp_path / "out.csv"
        )
        assert (status, out) == (0, "")
        assert name in err
        assert (tmp_path / name).read_text().startswith("frequency,neurons")


@pytest.mark.parametrize("form", ["text", "md"])
def test_the_report_for_people_states_its_definitions(tiny_run, form, capsys) -> None:
    status, out, _ = run(capsys, "report", tiny_run, "--format", form, "--epoch", 20)
    assert status == 0
    assert "tiny at epoch 20" in out
    for words in ("max E_k / sum E_k", "bias-corrected", "Sum of squared weights", "W_out"):
        assert words in out


def test_the_report_for_programs(tiny_run, capsys) -> None:
    _, out, _ = run(capsys, "report", tiny_run, "--format", "json", "--split", "none", "--key-frequencies", "2")
    found = json.loads(out)
    assert list(found)[:9] == [
        "run", "epoch", "version", "dtype", "device", "config", "split", "reference_epoch", "key_frequencies",
    ]  # fmt: skip
    assert found["split"] is None
    assert found["loss"]["test"] is None
    assert found["key_frequencies"] == [2]


def test_info_says_what_the_run_is(tiny_run, capsys) -> None:
    status, out, _ = run(capsys, "info", tiny_run)
    assert status == 0
    for words in ("p = 7", "x y =", "5, epochs 0 to 40", "24 train pairs", "weight_decay 1.0"):
        assert words in out


def test_train_then_convert(tmp_path, capsys) -> None:
    small = ("--p", 5, "--d-model", 8, "--n-heads", 2, "--d-mlp", 8, "--epochs", 6, "--save-every", 3)
    status, out, err = run(capsys, "train", tmp_path / "one", *small)
    assert (status, out) == (0, "")
    assert "Wrote 3 checkpoints" in err
    status, _, _ = run(capsys, "convert", tmp_path / "one", tmp_path / "two", "--dtype", "float16")
    assert status == 0
    for name in ("one", "two"):
        status, out, _ = run(capsys, "report", tmp_path / name, "--format", "json")
        assert json.loads(out)["epoch"] == 6
    assert (tmp_path / "one" / "losses.csv").read_text() == (tmp_path / "two" / "losses.csv").read_text()


def test_a_run_that_subtracts_from_training_to_every_view(tmp_path, capsys) -> None:
    small = ("--p", 7, "--d-model", 8, "--n-heads", 2, "--d-mlp", 12, "--epochs", 40, "--save-every", 20)
    status, _, _ = run(capsys, "train", tmp_path / "run", "--operation", "subtract", *small)
    assert status == 0
    _, out, _ = run(capsys, "info", tmp_path / "run")
    assert "x - y, p = 7" in out
    _, out, _ = run(capsys, "report", tmp_path / "run", "--format", "json")
    assert json.loads(out)["config"]["operation"] == "subtract"
    shown = [run(capsys, "report", tmp_path / "run", "--format", "md")[1]]
    for view in VIEWS:
        status, out, _ = run(capsys, "show", view, tmp_path / "run", "--size", "100x30", "--key-frequencies", "1,2")
        assert status == 0
        assert "x - y, p = 7" in out
        shown.append(out)
    for words in ("cos/sin w_k(x-y)", "cos w(x-y-z)", "0 - 0 = 0 (mod 7)"):
        assert any(words in out for out in shown)
    for out in shown:
        assert not any(sign in out for sign in ("x+y", "x±y", "∓"))


def test_a_foreign_file_is_told_what_it_learned(subtracting_run, capsys) -> None:
    whole, last = open_run(subtracting_run), single(subtracting_run)
    for operation, options in (("subtract", ("--operation", "subtract")), ("add", ())):
        _, out, _ = run(capsys, "report", last, *options, "--format", "json")
        found = json.loads(out)
        assert found["config"]["operation"] == operation
        model = plain_forward(whole.weights(40), replace(whole.config, operation=operation))
        assert found["loss"]["all"] == pytest.approx(model.loss.mean().item(), rel=1e-5)


def test_with_stdout_not_a_terminal_the_overview_is_printed(tiny_run, capsys) -> None:
    status, out, _ = run(capsys, tiny_run)
    assert status == 0
    for words in ("losses · epoch 40", "clusters · epoch 40", "neuron 0 · activation", "neuron 0 · 2-D Fourier"):
        assert words in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "losses", "--epoch", "15"], "no checkpoint at epoch 15; the nearest: 10 and 20"),
        (["show", "neuron", "--neuron", "12"], "neurons 0 to 11; found 12"),
        (["show", "neuron", "--freq", "9"], "No neuron is in a cluster of frequency 9"),
        (["report", "--key-frequencies", "4"], "between 1 and 3; found 4"),
        (["report", "--device", "mps"], "There is no mps device here"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_exit_1(arguments, sentence, tiny_run, capsys) -> None:
    place = 2 if arguments[0] == "show" else 1
    status, out, err = run(capsys, *arguments[:place], tiny_run, *arguments[place:])
    assert (status, out) == (1, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report", "--key-frequencies", "a"], "with commas between"),
        (["report", "--split", "coin"], "coin"),
        (["report", "--split", f"random.seed:{'9' * 5_000}"], "A split is"),
        (["show", "losses", "--difference"], "needs something to compare with"),
        (["show", "losses", "--output", "a.png"], "ends in one of .txt, .ansi, .csv, .json, .svg, or --format"),
        (["report", "--output", "a.svg"], "ends in one of .txt, .json, .md, or --format"),
        (["train", "--seed", "-1"], "seed is a whole number"),
    ],
)
def test_what_makes_no_sense_gets_one_sentence_and_exit_2(arguments, sentence, tiny_run, capsys) -> None:
    place = 2 if arguments[0] == "show" else 1
    status, out, err = run(capsys, *arguments[:place], tiny_run, *arguments[place:])
    assert (status, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["report", "--format", "pdf"], ["train"], ["show", "losses", "--neuron", "many"], ["report", "--nope"]],
)
def test_wrong_usage_exits_2(arguments, capsys) -> None:
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    assert err.strip()


def test_bad_input_gets_one_sentence_and_no_traceback(tmp_path, capsys) -> None:
    bad = {
        "text.pt": b"hello",
        "empty.pth": b"",
        "pointer.pth": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "cut.safetensors": b"\x40\x00\x00\x00\x00\x00\x00\x00{",
    }
    (tmp_path / "folder").mkdir()
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    for name in [*bad, "folder", "missing", "esc\x1b[31m"]:
        status, out, err = run(capsys, "report", tmp_path / name)
        assert (status, out) == (1, ""), name
        assert len(err.splitlines()) == 1, err
        assert "\x1b" not in err
    _, _, err = run(capsys, "info", tmp_path / "pointer.pth")
    assert "git lfs pull" in err


def test_version_and_help(capsys) -> None:
    for arguments, words in ((["--version"], "0."), (["--help"], "report"), (["show", "--help"], "--neuron")):
        status, out, _ = run(capsys, *arguments)
        assert status == 0
        assert words in out


def test_show_draws_with_nothing_but_ascii(tiny_run, capsys) -> None:
    for name in ("losses", "neuron", "spectrum", "clusters"):
        _, out, _ = run(capsys, "show", name, tiny_run, "--ascii")
        assert out.isascii(), name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "clustrs"], "There is no view 'clustrs'; did you mean 'clusters'?"),
        (["show", "losses", "--size", "big"], "such as 100x30; found 'big'"),
        (["show", "losses", "--size", "5x5"], "between 20x6 and 1000x500"),
    ],
)
def test_what_no_run_could_answer_is_wrong_usage(arguments, sentence, tiny_run, capsys) -> None:
    status, out, err = run(capsys, *arguments[:2], tiny_run, *arguments[2:])
    assert (status, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
