"""`--network`: the commands run the user's own code because of it, and say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.queries.status_text import status_text
from grok_tui.session.selection import initial_selection
from tests.engine.runs.own_networks import write_code, write_unreadable_run


@pytest.fixture
def own(tmp_path: Path, tiny_run: Path) -> tuple[Path, str]:
    """A run that only code can read, and the option for it."""
    return write_unreadable_run(tmp_path / "own", tiny_run, {"p": 7}), f"{write_code(tmp_path)}:build"


def test_every_command_says_that_it_runs_code(own, run) -> None:
    path, network = own
    for command in (("info",), ("show", "losses"), ("show", "neuron"), ("report",), ()):
        status, out, err = run(*command, path, "--network", network)
        assert status == 0, err
        assert f"Running your own code, {network}, because of --network." in err
        assert "building" in err  # what the code prints is no data
        assert "building" not in out


def test_the_answers_are_those_of_the_run(own, run, tiny_run) -> None:
    path, network = own
    options = ("--format", "json", "--split", "none", "--key-frequencies", "1,3")
    actual = json.loads(run("report", path, "--network", network, "--neurons", "act", *options).out)
    expected = json.loads(run("report", tiny_run, *options).out)
    assert actual["loss"]["all"] == pytest.approx(expected["loss"]["all"], abs=1e-5)
    assert actual["trig_loss"]["all"] == pytest.approx(expected["trig_loss"]["all"], abs=1e-5)
    assert actual["config"]["network"] == network
    assert len(actual["config"]["network_sha256"]) == 64
    assert f"built by {network}" in run("show", "losses", path, "--network", network).out


def test_all_checkpoints_have_metrics(own, run, tiny_run) -> None:
    path, network = own
    options = ("--format", "csv", "--split", "none", "--key-frequencies", "1,3")
    actual = run("show", "progress", path, "--network", network, *options).out.splitlines()
    expected = run("show", "progress", tiny_run, *options).out.splitlines()
    assert len(actual) == len(expected)


def test_two_runs_can_be_compared(own, run, tiny_run) -> None:
    path, network = own
    status, out, err = run("show", "clusters", path, "--network", network, "--against", "0", "--format", "json")
    assert status == 0, err
    assert json.loads(out)["provenance"]["against"]["epoch"] == 0


def test_info_names_the_code_and_the_views_that_do_not_apply(own, run) -> None:
    path, network = own
    out = run("info", path, "--network", network).out
    assert f"network {network}" in out
    assert "your own module StudyTransformer" in out
    assert "(no attention)" in out
    assert "inferred     operation add, neurons act, W_E embed.weight" in out or "assumed" in out


def test_the_header_names_the_code(own) -> None:
    path, network = own
    explorer = Explorer(open_run(path, network=network))
    assert " · your own code net.py:build · " in status_text(explorer, initial_selection(explorer), None, pinned=False)


def test_a_view_without_its_part_and_an_ablation_of_heads_fail_with_a_sentence(own, run) -> None:
    path, network = own
    status, out, err = run("show", "attention", path, "--network", network)
    assert (status, out) == (1, "")
    assert "needs attention; this network is your own module StudyTransformer." in err
    status, out, err = run("show", "ablation", path, "--network", network, "--without-head", "0")
    assert (status, out) == (1, "")
    assert "this network is your own module StudyTransformer." in err


def test_convert_refuses_what_the_native_format_cannot_hold(own, run, tmp_path) -> None:
    path, network = own
    status, _, err = run("convert", path, tmp_path / "native", "--network", network)
    assert status == 1
    assert "own is your own module StudyTransformer" in err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--network", "net.py"), 2, "--network is FILE.py:FUNCTION"),
        (("--network", "absent.py:build"), 2, "absent.py cannot be read"),
        (("--neurons", "act"), 2, "--neurons names a module of your own network; pass --network"),
    ],
)
def test_wrong_usage_is_one_sentence(options, status, message, tiny_run, run) -> None:
    result = run("info", tiny_run, *options)
    assert result.status == status
    assert message in result.err
    assert len([line for line in result.err.splitlines() if not line.startswith("Running")]) == 1


def test_help_says_that_code_is_executed(run) -> None:
    for command in ((), ("show",), ("report",), ("info",), ("convert",)):
        out = " ".join(run(*command, "--help").out.replace("│", " ").split())
        assert "--network" in out
        assert "this runs the code in FILE" in out
