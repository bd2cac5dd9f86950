"""The pages of `--help`: what they say, how wide they are, and that all options are in a group."""

from __future__ import annotations

import re
import shlex

import pytest

from grok_tui.cli.commands import COMMANDS, EXPLORE
from grok_tui.cli.help_pages import PageEntry, PageSection, section_lines
from grok_tui.cli.main import app
from grok_tui.session.workspaces import VIEW_NAMES

NAMES = ["", *(command.name for command in COMMANDS)]


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_80_columns_and_has_no_noise(name, run) -> None:
    status, out, err = run(*filter(None, [name]), "--help")
    assert (status, err) == (0, "")
    assert [line for line in out.splitlines() if len(line) > 80] == []
    for noise in ("--empty", "[default:", "--no-compact", "STR", "CHOICE", "default: False", "default: ()"):
        assert noise not in out, noise


@pytest.mark.parametrize("command", [EXPLORE, *COMMANDS], ids=lambda command: command.name or "explore")
def test_a_page_begins_with_its_usage_and_ends_with_its_examples(command, run) -> None:
    out = run(*filter(None, [command.name]), "--help").out
    assert out.startswith(f"Usage: {command.usage}\n")
    assert out.rstrip().endswith(command.epilogue.splitlines()[-1])


@pytest.mark.parametrize("command", [EXPLORE, *COMMANDS], ids=lambda command: command.name or "explore")
def test_the_usage_names_the_arguments_of_the_command(command) -> None:
    page = app[command.name] if command.name else app
    arguments = [argument for argument in page.assemble_argument_collection() if argument.index is not None]
    named = re.findall(r"[A-Z_]{3,}", command.usage.splitlines()[0])
    assert [argument.name for argument in arguments] == [name for name in named if name != "OPTIONS"]


@pytest.mark.parametrize("example", [example for command in (EXPLORE, *COMMANDS) for example in command.examples])
def test_an_example_is_a_valid_command_line(example) -> None:
    words = shlex.split(example.split("    ")[0].split(" > ")[0])
    app.parse_args(words[1:], exit_on_error=False, print_error=False)


def test_the_options_of_show_are_in_groups(run) -> None:
    out = run("show", "--help").out
    titles = [line for line in out.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles[:7] == [
        "Arguments:",
        "Selection:",
        "Ablation:",
        "Comparison:",
        "Output:",
        "Reading the run:",
        "Computation:",
    ]
    assert "Options:" not in titles


def test_the_views_are_listed_in_one_order_everywhere(run) -> None:
    page, error = run("show", "--help").out, run("show", "%").err
    for text in (page.partition("Views, by")[2], error.partition("Views: ")[2]):
        words = text.replace(",", " ").replace(".", " ").split()
        listed = [word for word in dict.fromkeys(words) if word in VIEW_NAMES]
        assert set(listed) == set(VIEW_NAMES)
    assert error.partition("Views: ")[2].rstrip(".\n").split(", ") == list(VIEW_NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_help_as_a_command_prints_the_same_page(name, run) -> None:
    words = list(filter(None, [name]))
    assert run("help", *words) == run(*words, "--help")


def test_help_of_an_unknown_command_suggests_one(run) -> None:
    status, out, err = run("help", "shwo")
    assert (status, out) == (2, "")
    assert "There is no command 'shwo'. Did you mean show? Commands: show, report" in err


def test_short_flags(run) -> None:
    assert run("-V") == run("--version")
    assert run("show", "-h") == run("show", "--help")


def test_long_names_have_a_line_of_their_own() -> None:
    entries = (PageEntry(("--a",), "N", "one two three four five six"), PageEntry(("--" + "b" * 30,), "", "seven"))
    lines = [label + text for label, text in section_lines(PageSection("Title", entries), 50)]
    assert lines == [
        f"  {'--a N':<28}one two three four",
        f"  {'':<28}five six",
        f"  --{'b' * 30}",
        f"  {'':<28}seven",
    ]
