"""The first rows are on the splash screen as the app draws them."""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import GrokError
from grok_tui.app.run_table_app import RunTableApp
from grok_tui.cli.first_rows import first_rows
from grok_tui.queries.folder_runs import FolderRuns
from tests.grok_tui.app.table_driving import running, table_text
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_sweep


async def test_they_are_those_of_the_app() -> None:
    source = MadeSource.of(made_sweep(2))
    shown = first_rows(source, 120, 40, ascii_only=False)
    async with running(source, (120, 40)) as pilot:
        assert isinstance(pilot.app, RunTableApp)
        assert plain(shown) == [f" {line}".rstrip() for line in table_text(pilot).split("\n")]


def plain(ansi: str) -> list[str]:
    """The lines without SGR sequences and trailing blanks."""
    return [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in ansi.split("\n")]


def test_nothing_is_shown_where_the_app_says_why(tmp_path: Path) -> None:
    assert first_rows(FolderRuns([tmp_path], tmp_path / "cache"), 80, 24, ascii_only=False) == ""

    class Gone(MadeSource):
        def rows(self):
            raise GrokError("the folder is gone.")

    assert first_rows(Gone.of([]), 80, 24, ascii_only=False) == ""


def test_ascii_only() -> None:
    assert first_rows(MadeSource.of(made_sweep(2)), 80, 24, ascii_only=True).isascii()
