"""The pages of `--help` as data, read from cyclopts, and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

_WIDEST = 100  # longer lines are hard to read
_LABELS = 26  # columns of names; a longer name has a line of its own
_INDENT = 2
# Placeholders of cyclopts that say less than the name of the option.
_VAGUE = ("STR", "CHOICE", "PATH")


@dataclass(frozen=True)
class PageEntry:
    """An option, an argument or a command, with its value if it takes one, and what it does."""

    names: tuple[str, ...]
    value: str
    text: str

    @property
    def label(self) -> str:
        """The names and the value, as they are written.

        >>> PageEntry(("--size",), "SIZE", "").label, PageEntry(("--help", "-h"), "", "").label
        ('--size SIZE', '--help, -h')
        """
        return ", ".join(self.names) + (f" {self.value}" if self.value else "")


@dataclass(frozen=True)
class PageSection:
    """A group of entries under its title."""

    title: str
    entries: tuple[PageEntry, ...]


def section_of(panel: HelpPanel) -> PageSection:
    """A panel of cyclopts as a section."""
    return PageSection(str(panel.title), tuple(_entry(entry) for entry in panel.entries))


def _entry(entry: HelpEntry) -> PageEntry:
    if entry.positional_label:
        return PageEntry((entry.positional_label,), "", _text(entry))
    value = (entry.metavar or "").removesuffix("...")
    if value in _VAGUE and entry.positive_names:
        name = entry.positive_names[0].removeprefix("--")
        last = name.rpartition("-")[2]
        value = (last if len(last) > 2 else name).upper()
    names = (*entry.positive_names, *entry.positive_shorts, *entry.negative_names)
    return PageEntry(names, value, _text(entry))


def _text(entry: HelpEntry) -> str:
    """The description, with the choices before the default."""
    text = " ".join(_plain(entry.description).split())
    if entry.choices:
        head, separator, tail = text.partition("; default:")
        text = f"{head}; one of {', '.join(entry.choices)}{separator}{tail}"
    if entry.default not in (None, "False", "()", "None"):
        text = f"{text}; default: {entry.default}"
    return text


def _plain(description: Any) -> str:
    """The text of what cyclopts renders with rich."""
    renderable = getattr(description, "primary_renderable", description)
    return str(getattr(renderable, "plain", renderable or ""))


def section_lines(section: PageSection, width: int) -> Iterable[tuple[str, str]]:
    """The lines of the entries: the part with the names, padded, and the part with the text."""
    column = min(_LABELS, max(len(entry.label) for entry in section.entries)) + 2
    indent = " " * _INDENT
    for entry in section.entries:
        lines = textwrap.wrap(entry.text, max(width - _INDENT - column, 20), break_on_hyphens=False) or [""]
        if len(entry.label) + 2 > column:
            yield f"{indent}{entry.label}", ""
        else:
            yield f"{indent}{entry.label:<{column}}", lines.pop(0)
        yield from ((" " * (_INDENT + column), line) for line in lines)


class TextFormatter:
    """Prints the parts of a help page for cyclopts, in two columns without frames."""

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print the usage lines."""
        from rich.text import Text

        if usage:
            console.print(Text(_plain(usage).rstrip()), highlight=False, soft_wrap=True)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Print what the command does."""
        from rich.text import Text

        if text := _plain(description).strip():
            width = min(console.width, _WIDEST)
            paragraphs = [textwrap.fill(" ".join(part.split()), width) for part in text.split("\n\n")]
            console.print(Text("\n" + "\n\n".join(paragraphs)), highlight=False)

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a group of entries."""
        from rich.text import Text

        section = section_of(panel)
        if not section.entries:
            return
        text = Text.assemble("\n", (f"{section.title}:", "bold"))
        for label, words in section_lines(section, min(console.width, _WIDEST)):
            text.append("\n").append(label, style="cyan").append(words)
        console.print(text, highlight=False, soft_wrap=True)


class PageRecorder(TextFormatter):
    """Keeps the sections of a help page instead of printing them."""

    def __init__(self) -> None:
        self.sections: list[PageSection] = []

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Keep a group of entries."""
        if panel.entries:
            self.sections.append(section_of(panel))
