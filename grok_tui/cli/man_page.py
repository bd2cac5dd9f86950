"""The man page of the program, in roff, made from the help pages of its commands."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import Console

from grok_tui.cli.commands import COMMANDS, EXPLORE, Command, views_by_workspace
from grok_tui.cli.help_pages import PageRecorder, PageSection

if TYPE_CHECKING:
    from cyclopts import App

_EXIT_STATUS = (("0", "done"), ("1", "failed"), ("2", "wrong usage"), ("130", "interrupted"))
_ENVIRONMENT = (
    ("TERM, COLORTERM", "what the terminal can show; COLORTERM=truecolor means 24-bit colours"),
    ("NO_COLOR", "no colours, if set"),
    ("LC_ALL, LC_CTYPE, LANG", "the first that is set; C or POSIX means ASCII, unless --no-ascii is passed"),
    ("COLUMNS, LINES", "the size of printed figures, where stdout is no terminal"),
    ("XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME", "where the folders of settings, cache and sessions are"),
    ("HF_TOKEN, HF_HUB_OFFLINE", "the login of the Hugging Face hub; with 1, only what is in the cache"),
)
_FILES = (
    ("config.toml", "the settings, in the configuration directory; grok-tui config prints the path and the settings"),
    ("RUN/run.json", "what a native run records"),
    ("RUN/grok-tui.toml", "how to read a run that does not record it"),
)


@dataclass(frozen=True)
class Page:
    """The help of a command: its texts and its options by group."""

    command: Command
    sections: tuple[PageSection, ...]


def read_pages(make_app: Callable[[PageRecorder], App]) -> list[Page]:
    """The pages of the explorer and of all commands."""
    recorder = PageRecorder()
    app, console = make_app(recorder), Console(file=io.StringIO())
    pages = []
    for command in (EXPLORE, *COMMANDS):
        recorder.sections = []
        app.help_print([command.name] if command.name else [], console=console)
        pages.append(Page(command, tuple(section for section in recorder.sections if section.title != "Commands")))
    return pages


def man_page(pages: Sequence[Page], version: str, day: date) -> str:
    """The page in roff. Groups of options that several commands share are in a section of their own."""
    counts = Counter(section for page in pages for section in page.sections)
    shared = [section for section, count in counts.items() if count > 1]
    lines = [
        f'.TH GROK\\-TUI 1 "{day.isoformat()}" "grok\\-tui {version}" "User Commands"',
        *_section("NAME", [r"grok\-tui \- explore small networks that grok, epoch by epoch"]),
        *_section("SYNOPSIS", _synopsis(EXPLORE)),
        *_section("DESCRIPTION", [*_paragraphs(EXPLORE.help), *_options(pages[0], shared)]),
        *_section("COMMANDS", [line for page in pages[1:] for line in _command(page, shared)]),
        *_section("OPTIONS OF SEVERAL COMMANDS", [line for section in shared for line in _group(section)]),
        *_section("VIEWS", _definitions(views_by_workspace())),
        *_section("EXIT STATUS", _definitions(_EXIT_STATUS)),
        *_section("ENVIRONMENT", _definitions(_ENVIRONMENT)),
        *_section("FILES", _definitions(_FILES)),
        *_section("EXAMPLES", _block(example for page in pages for example in page.command.examples)),
    ]
    kept = [line for before, line in pairwise(["", *lines]) if line != ".PP" or before[:3] not in (".SH", ".SS")]
    return "\n".join(kept) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f".SH {title}", *lines]


def _synopsis(command: Command) -> list[str]:
    return _block(line.strip() for line in command.usage.splitlines())


def _command(page: Page, shared: Sequence[PageSection]) -> list[str]:
    command = page.command
    return [f".SS {_escaped(command.name)}", *_synopsis(command), *_paragraphs(command.help), *_options(page, shared)]


def _options(page: Page, shared: Sequence[PageSection]) -> list[str]:
    """The groups of options that only this command has, and the names of the others."""
    lines = [line for section in page.sections if section not in shared for line in _group(section)]
    others = [section.title for section in page.sections if section in shared]
    if others:
        lines += [".PP", *_text(f"Also the options of several commands under: {', '.join(others)}.")]
    return lines


def _group(section: PageSection) -> list[str]:
    lines = [".PP", rf"\fI{_escaped(section.title)}\fR"]
    for entry in section.entries:
        names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in entry.names)
        lines += [".TP", names + (rf" \fI{_escaped(entry.value)}\fR" if entry.value else ""), *_text(entry.text)]
    return lines


def _definitions(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [line for name, text in rows for line in (".TP", rf"\fB{_escaped(name)}\fR", *_text(text))]


def _paragraphs(text: str) -> list[str]:
    return [line for part in text.split("\n\n") for line in (".PP", *_text(part))]


def _text(text: str) -> list[str]:
    """A paragraph in lines that tools like."""
    return [_escaped(line) for line in wrap(text, 72, break_long_words=False, break_on_hyphens=False)]


def _block(lines: Iterable[str]) -> list[str]:
    """Lines as they are, indented."""
    return [".PP", ".nf", ".RS 2", *map(_escaped, lines), ".RE", ".fi"]


def _escaped(text: str) -> str:
    r"""A text for roff: hyphens as they are typed, other characters than ASCII by their number.

    >>> print(_escaped("--order: k × token"))
    \-\-order: k \[u00D7] token
    """
    text = text.replace("\\", r"\e").replace("-", r"\-")
    if text.startswith((".", "'")):
        text = rf"\&{text}"
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
