"""Output in the C locale is ASCII; no character that an encoding lacks is an error."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from grok_tui.terminal.output_encoding import wants_ascii
from tests.grok_tui.pseudo_terminal import Terminal

NOTE = b"The locale is C, so the output is ASCII; for Unicode pass --no-ascii or set LC_ALL=C.UTF-8.\n"
LOCALE = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "", "PYTHONIOENCODING": "", "PYTHONUTF8": ""}


@pytest.mark.parametrize(
    ("environment", "ascii"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),  # as Python changes LANG=C
        ({}, False),
        ({"LC_CTYPE": "C.UTF-8"}, False),  # as Python changes no locale at all
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False),
    ],
)
def test_the_c_locale_wants_ascii(environment, ascii) -> None:
    assert wants_ascii(environment) == ascii


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LANG": "POSIX"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=str,
)
@pytest.mark.parametrize("command", [("show", "neuron"), ("report",), ("report", "--format", "md"), ("info",), ()])
def test_every_command_prints_ascii(tiny_run, locale, command) -> None:
    result = _run(*command, str(tiny_run), **locale)
    draws, names_c = command[:1] in ((), ("show",)), "PYTHONIOENCODING" not in locale
    assert (result.returncode, result.stderr) == (0, NOTE if draws and names_c else b"")
    assert result.stdout.isascii()
    assert b"\\" not in result.stdout  # every character of ours has a similar one


@pytest.mark.parametrize("command", [("show", "neuron"), ()])
def test_an_option_wins_against_the_locale(tiny_run, command) -> None:
    for locale in ({"LC_ALL": "C"}, {"LANG": "POSIX", "PYTHONUTF8": "0"}):
        result = _run(*command, str(tiny_run), "--no-ascii", **locale)
        assert (result.returncode, result.stderr) == (0, b"")
        assert "·" in result.stdout.decode("utf-8")
    result = _run(*command, str(tiny_run), "--ascii", LC_ALL="C")
    assert (result.stdout.isascii(), result.stderr) == (True, b"")


def test_data_for_programs_come_without_a_note(tiny_run) -> None:
    assert _run("show", "clusters", str(tiny_run), "--format", "csv", LC_ALL="C").stderr == b""


def test_other_characters_are_escaped(tiny_run, tmp_path) -> None:
    path = shutil.copytree(tiny_run, tmp_path / "größe")
    (path / "checkpoints" / "epoch-000020.safetensors").write_bytes(b"damaged")
    for command in (("info", path), ("show", "losses", path), ("report", path, "--epoch", "20"), ("info", path / "è")):
        result = _run(*map(str, command), LC_ALL="C", PYTHONUTF8="0")
        output = (result.stdout + result.stderr).decode("ascii")
        assert "Traceback" not in output
        assert "gr" in output


def test_files_are_utf8(tiny_run, tmp_path) -> None:
    result = _run("show", "neuron", str(tiny_run), "--output", str(tmp_path / "neuron.txt"), LC_ALL="C", PYTHONUTF8="0")
    assert result.returncode == 0
    assert "·" in (tmp_path / "neuron.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str)
def test_the_explorer_draws_ascii(tiny_run, locale) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", **LOCALE | locale)
    terminal.read_until(b"of 5)")
    terminal.send("?")
    terminal.read_while_painting(quiet=1)
    terminal.send("\x1b")
    terminal.read_while_painting(quiet=1)
    terminal.send("q")
    assert terminal.status() == 0
    assert terminal.seen.isascii()
    assert terminal.seen.count(NOTE.strip()) == 1


def test_the_explorer_draws_unicode_if_asked(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), "--no-ascii", OMP_NUM_THREADS="1", **LOCALE | {"LC_ALL": "C"})
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    assert "·" in terminal.seen.decode("utf-8", "replace")


def _run(*arguments: str, **locale: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "grok_tui", *arguments]
    return subprocess.run(command, env=os.environ | LOCALE | locale, capture_output=True, check=False)
