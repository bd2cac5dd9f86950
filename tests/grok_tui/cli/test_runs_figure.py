"""`grok-tui runs --view`: figures of many runs as text, pictures and data."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine import ModelConfig, SaveSchedule, TrainingConfig, train
from tests.grok_tui.export.page.embedded import data_of


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    """Four runs of p = 11: two weight decays with two seeds each. Read only."""
    folder = tmp_path_factory.mktemp("sweep")
    for decay in (0.5, 1.0):
        for seed in (0, 1):
            training = TrainingConfig(
                seed=seed, weight_decay=decay, epochs=20, frac_train=0.5, save_every=SaveSchedule.parse("10")
            )
            train(ModelConfig.standard(p=11, d_model=8, n_heads=2, d_mlp=12), training, path=folder / f"{decay}-{seed}")
    return folder


@pytest.mark.parametrize("view", ["curves", "phase-diagram", "histogram", "groups"])
@pytest.mark.parametrize("form", ["text", "ansi", "csv", "json", "svg-screen", "md", "tex"])
def test_every_figure_in_every_format(sweep, run, view, form) -> None:
    options = ["--metric", "test_loss"] if view == "phase-diagram" else []
    status, out, _ = run("runs", sweep, "--view", view, "--format", form, *options)
    assert status == 0
    if form == "json":
        content = json.loads(out)
        assert content["view"] == view
        assert content["provenance"]["runs_found"] == 4
        assert len(content["columns"]) == len(content["rows"][0])
    elif form == "svg-screen":
        assert out.startswith("<svg")
    elif form != "csv":
        assert "4 runs" in out


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_a_picture_is_not_printed_on_a_terminal(sweep, run, monkeypatch, form) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    status, out, err = run("runs", sweep, "--view", "curves", "--format", form)
    assert (status, out) == (2, "")
    assert err == f"A {form} is not text for a terminal; pass --output FILE.{form}.\n"


def test_the_table_of_runs_is_latex_with_set_exponents(sweep, run) -> None:
    lines = run("runs", sweep, "--format", "tex").out.splitlines()
    assert str(sweep) in lines[0]
    assert {r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}"} <= set(lines)
    rows = [line.split(" & ") for line in lines if line.endswith(r"\\")]
    assert [row[0] for row in rows] == ["run", "0.5-0", "0.5-1", "1.0-0", "1.0-1"]
    place = rows[0].index("train loss")
    assert all(re.fullmatch(r"\$\d\.\d\d\\times 10\^\{-?\d+\}\$", row[place]) for row in rows[1:])
    assert run("runs", sweep, "--format", "tex", "--group-by", "weight_decay").out.count(r"\\") == 3


def test_curves_are_grouped_by_what_varies_but_the_seed(sweep, run) -> None:
    out = run("runs", sweep, "--view", "curves", "--format", "csv").out
    assert out.splitlines()[0] == "group,epoch,median,low,high,n"
    assert {line.split(",")[0] for line in out.splitlines()[1:]} == {"weight_decay=0.5", "weight_decay=1"}
    mean = run(
        "runs", sweep, "--view", "curves", "--format", "csv", "--middle", "geometric-mean", "--group-by", "seed"
    ).out
    assert mean.splitlines()[0] == "group,epoch,geometric_mean,low,high,n"


def test_a_phase_diagram_has_the_chosen_axes_and_metric(sweep, run) -> None:
    options = ("--view", "phase-diagram", "--x", "seed", "--y", "weight_decay", "--metric", "test_loss")
    lines = run("runs", sweep, *options, "--format", "csv").out.splitlines()
    assert lines[0] == "seed,weight_decay,n,mean,sd,absent"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["0", "0.5", "1"],
        ["1", "0.5", "1"],
        ["0", "1.0", "1"],
        ["1", "1.0", "1"],
    ]
    assert "final test loss by seed and weight_decay" in run("runs", sweep, *options).out


def test_without_metrics_the_diagram_says_so(sweep, run) -> None:
    assert "no run on show has a value of grokked" in run("runs", sweep, "--view", "phase-diagram").out


def test_filters_hold_for_figures(sweep, run) -> None:
    out = run("runs", sweep, "--view", "groups", "--where", "seed=0").out
    assert "2 of 4 runs · filter seed=0" in out


def test_the_ending_of_the_file_is_the_format(sweep, run, tmp_path) -> None:
    assert run("runs", sweep, "--view", "curves", "--size", "90x25", "--output", tmp_path / "curves.ansi").status == 0
    assert "\x1b[" in (tmp_path / "curves.ansi").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "svg"], "pass --view"),
        (["--metric", "test_loss"], "pass --view"),
        (["--view", "phase-diagram", "--metric", "test_los"], "did you mean test_loss"),
        (["--view", "phase-diagram", "--x", "weight-decey"], "did you mean weight_decay"),
        (["--view", "curves", "--size", "9x9"], "--size is between"),
    ],
)
def test_a_mistake_is_a_sentence(sweep, run, options, words) -> None:
    status, out, err = run("runs", sweep, *options)
    assert (status, out) == (2, "")
    assert words in err


def test_a_page_has_the_table_and_all_figures_or_one(sweep, run, tmp_path) -> None:
    assert run("runs", sweep, "--output", tmp_path / "runs.html", "--metric", "test_loss").status == 0
    data = data_of((tmp_path / "runs.html").read_text())
    assert len(data["table"]["rows"]) == 4
    assert [view["name"] for view in data["views"]] == ["curves", "phase-diagram", "histogram", "groups"]
    assert "test loss" in data["views"][1]["title"]
    out = run("runs", sweep, "--format", "html", "--view", "curves", "--where", "seed=0").out
    data = data_of(out)
    assert [view["name"] for view in data["views"]] == ["curves"]
    assert len(data["table"]["rows"]) == 2


@pytest.mark.parametrize("option", [("--width-cm", 8), ("--size", "80x20"), ("--theme", "dark")])
def test_a_page_has_no_look_of_a_figure(sweep, run, option) -> None:
    status, out, err = run("runs", sweep, "--format", "html", *option)
    assert (status, out) == (2, "")
    assert option[0] in err
