"""Downloads on stderr."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from engine.runs.remote.store import FetchProgress
from grok_tui.cli.fetch_progress import fetch_progress

LARGE = 254_000_000


def _shown(reports: list[FetchProgress], *, terminal: bool) -> str:
    console = Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)
    with fetch_progress(console) as show:
        for report in reports:
            show(report)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_large_download_is_announced_before_it_starts() -> None:
    reports = [FetchProgress("hf://me/run/full.pth", done, LARGE) for done in (0, 1_000_000, LARGE)]
    assert _shown(reports, terminal=False) == "Fetching hf://me/run/full.pth: 254 MB.\n"


def test_a_small_download_is_silent_without_a_terminal() -> None:
    assert _shown([FetchProgress("hf://me/run/a.pt", done, 900) for done in (0, 900)], terminal=False) == ""


def test_a_terminal_has_a_bar() -> None:
    shown = _shown([FetchProgress("hf://me/run/full.pth", done, LARGE) for done in (0, LARGE)], terminal=True)
    assert "full.pth" in shown
    assert "254.0/254.0 MB" in shown
