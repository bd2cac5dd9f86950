"""The man page: complete, and without a warning of the tools that format it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from grok_tui.cli.commands import COMMANDS, EXPLORE
from grok_tui.cli.main import make_app
from grok_tui.cli.man_page import man_page, read_pages
from grok_tui.session.workspaces import VIEW_NAMES


@pytest.fixture(scope="module")
def pages():
    return read_pages(make_app)


@pytest.fixture(scope="module")
def roff(pages) -> str:
    return man_page(pages, "1.2", date(2026, 1, 2))


@pytest.fixture
def file(roff, tmp_path) -> Path:
    path = tmp_path / "grok-tui.1"
    path.write_text(roff, encoding="utf-8")
    return path


def formatted(command: list[str]) -> str:
    """What a tool writes, without backspaces of bold text; a skip where there is no such tool."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    environment = os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MAN_KEEP_FORMATTING": ""}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return re.sub(".\b", "", result.stdout)


def test_man_formats_it_without_a_warning(file) -> None:
    if shutil.which("groff") is None:
        pytest.skip("there is no groff")
    text = formatted(["man", "--warnings", "-l", str(file)])
    assert text.splitlines()[0].startswith("GROK-TUI(1)")
    assert "k × token mod p" in " ".join(text.split())
    assert "--save-every" in text


def test_mandoc_finds_no_fault(file) -> None:
    assert formatted(["mandoc", "-Tlint", "-Wwarning", str(file)]) == ""
    assert "--save-every" in formatted(["mandoc", "-Tutf8", str(file)])


def test_it_has_all_commands_options_views_and_examples(pages, roff) -> None:
    text = roff.replace(r"\-", "-")
    for command in (EXPLORE, *COMMANDS):
        assert all(line.strip() in text for line in command.usage.splitlines())
        assert all(example in text for example in command.examples)
    for page in pages:
        for section in page.sections:
            for entry in section.entries:
                assert all(rf"\fB{name}\fR" in text for name in entry.names), entry
    assert set(VIEW_NAMES) <= set(text.split())
    assert text.startswith('.TH GROK-TUI 1 "2026-01-02" "grok-tui 1.2" "User Commands"\n')


def test_options_that_commands_share_are_explained_once(pages, roff) -> None:
    assert roff.count("\\fB\\-\\-force\\-reading\\fR\n") == 1
    assert roff.count(r"\fB\-\-save\-every\fR \fI") == 1
    assert sum(section.title == "Reading the run" for page in pages for section in page.sections) == 8


def test_the_command_prints_it(run) -> None:
    status, out, err = run("help", "--man")
    assert (status, err) == (0, "")
    assert out.isascii()
    assert out.startswith(".TH GROK\\-TUI 1 ")
    status, out, err = run("help", "show", "--man")
    assert (status, out, err) == (2, "", "--man prints one page for all commands; omit 'show'.\n")
