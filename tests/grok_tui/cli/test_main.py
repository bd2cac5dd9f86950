"""The commands as programs use them: stdout, stderr, exit status, and errors in one sentence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from grok_tui.cli.main import app
from grok_tui.views import VIEWS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["show", "losses", "--epoch", "15"],
            "no checkpoint at epoch 15; nearest: 10 and 20; --nearest takes",
        ),
        (["show", "neuron", "--neuron", "12"], "neurons 0 to 11; found 12"),
        (["show", "neuron", "--freq", "9"], "No cluster of frequency 9 at this epoch; clusters: "),
        (["report", "--key-frequencies", "4"], "between 1 and 3; found 4"),
        (["report", "--device", "mps"], "No mps device is available; pass --device cpu"),
    ],
)
def test_a_request_that_the_run_cannot_answer_exits_1_with_one_sentence(arguments, sentence, tiny_run, run) -> None:
    position = 2 if arguments[0] == "show" else 1
    status, out, err = run(*arguments[:position], tiny_run, *arguments[position:])
    assert (status, out) == (1, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report", "--key-frequencies", "a"], "--key-frequencies is a list of numbers, such as 14,35,41; found 'a'"),
        (["report", "--split", "coin"], "coin"),
        (["report", "--split", f"random.seed:{'9' * 5_000}"], "pass --split none"),
        (["show", "losses", "--difference"], "--difference needs something to compare with; pass --against"),
        (
            ["show", "losses", "--output", "a.xyz"],
            "ends in '.xyz'; pass --format, or a file name ending in .txt, .ansi",
        ),
        (["report", "--output", "a.svg"], "pass --format, or a file name ending in .txt, .json, .md"),
        (["train", "--seed", "-1"], "seed must be an integer"),
        (["show", "clustrs"], "There is no view 'clustrs'. Did you mean 'clusters'?"),
        (["show", "losses", "--size", "big"], "such as 100x30; found 'big'"),
        (["show", "losses", "--size", "5x5"], "between 20x6 and 1000x500"),
    ],
)
def test_a_request_without_meaning_exits_2_with_one_sentence(arguments, sentence, tiny_run, run) -> None:
    position = 2 if arguments[0] == "show" else 1
    status, out, err = run(*arguments[:position], tiny_run, *arguments[position:])
    assert (status, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["report", "--format", "pdf"], ["train"], ["show", "losses", "--neuron", "many"], ["report", "--nope"]],
)
def test_wrong_options_exit_2_without_a_traceback(arguments, run) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert err.strip()


def test_an_unreadable_run_gets_one_sentence_and_no_traceback(tmp_path, run) -> None:
    unreadable = {
        "text.pt": b"hello",
        "empty.pth": b"",
        "pointer.pth": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "cut.safetensors": b"\x40\x00\x00\x00\x00\x00\x00\x00{",
    }
    (tmp_path / "folder").mkdir()
    for name, content in unreadable.items():
        (tmp_path / name).write_bytes(content)
    for name in [*unreadable, "folder", "missing", "esc\x1b[31m"]:
        status, out, err = run("report", tmp_path / name)
        assert (status, out) == (1, ""), name
        assert len(err.splitlines()) == 1, err
        assert "\x1b" not in err
    assert "git lfs pull" in run("info", tmp_path / "pointer.pth").err


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--version"], "0."), (["--help"], "report"), (["show", "--help"], "--neuron")]
)
def test_version_and_help(arguments, words, run) -> None:
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert words in out


@pytest.mark.parametrize(
    "command", ["show", "report", "info", "runs", "convert", "train", "sweep", "config", "completion", "help"]
)
def test_every_argument_has_a_help_text(command) -> None:
    arguments = [argument for argument in app[command].assemble_argument_collection() if not argument.children]
    assert arguments
    assert [argument.name for argument in arguments if not argument.parameter.help] == []


@pytest.mark.parametrize("command", [("show", "losses"), ("report",), ()])
def test_an_interrupted_command_exits_130_without_a_word(command, tiny_run, run, monkeypatch) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.Explorer", interrupt)
    assert run(*command, tiny_run) == (130, "", "")


@pytest.mark.parametrize("command", [("show", "progress"), ("report",), ("info",), ()])
def test_without_a_home_there_are_no_settings_and_no_cache(command, tiny_run) -> None:
    folders = {"HOME": "/dev/null", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""}
    arguments = [sys.executable, "-m", "grok_tui", *command, str(tiny_run)]
    result = subprocess.run(arguments, env=os.environ | folders, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_subtracting_run_from_training_to_every_view(tmp_path, run) -> None:
    path = tmp_path / "run"
    small = ("--p", 7, "--d-model", 8, "--n-heads", 2, "--d-mlp", 12, "--epochs", 40, "--save-every", 20)
    assert run("train", path, "--operation", "subtract", *small).status == 0
    assert "x - y, p = 7" in run("info", path).out
    assert json.loads(run("report", path, "--format", "json").out)["config"]["operation"] == "subtract"
    texts = [run("report", path, "--format", "md").out]
    for view in VIEWS:
        status, out, _ = run("show", view, path, "--size", "100x30", "--key-frequencies", "1,2")
        assert status == 0
        assert "x - y, p = 7" in out
        texts.append(out)
    for words in ("cos/sin w_k(x-y)", "cos w(x-y-z)", "0 - 0 = 0 (mod 7)"):
        assert any(words in text for text in texts)
    for text in texts:
        others = re.sub(r"(distance|mean over) x\+y", "", text)  # of `algorithm`: the distance is the other direction
        assert not any(sign in others for sign in ("x+y", "x±y", "∓"))
