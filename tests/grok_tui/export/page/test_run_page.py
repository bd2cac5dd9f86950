"""The page of the bundled run: its size, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import Explorer, open_run
from engine.explorer.epoch_report import report_json
from grok_tui.cli.report_text import report_sections
from grok_tui.export.page.run_page import CHOSEN_PARTS, PAGE_VIEWS, ReportTables, run_page
from grok_tui.session.selection import initial_selection
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS

_LIMIT = 15_000_000  # bytes, with all epochs and all neurons
_STEP = 9  # of how many epochs one is in the sample


@pytest.fixture(scope="module")
def bundled() -> Explorer:
    explorer = Explorer(open_run(Path("grok_tui/demo").absolute()))
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    return explorer


def size(explorer: Explorer, epochs: Sequence[int]) -> int:
    page = run_page(explorer, initial_selection(explorer), epochs, ReportTables(report_sections, report_json))
    return len(page.document.encode())


def test_the_page_of_the_bundled_run_is_small_enough(bundled: Explorer) -> None:
    """By a sample of its epochs: early ones take more room than late ones, so it has both."""
    sample = bundled.epochs[::_STEP]
    one, several = size(bundled, sample[:1]), size(bundled, sample)
    an_epoch = (several - one) / (len(sample) - 1)
    assert one + an_epoch * (len(bundled.epochs) - 1) < _LIMIT


def test_the_views_of_a_page_are_grouped_by_workspaces() -> None:
    workspaces = {workspace.name: workspace.all_views for workspace in WORKSPACES}
    for name, views in PAGE_VIEWS.items():
        assert set(views) <= set(workspaces[name])
        assert set(views) <= set(VIEWS)


def test_a_view_of_one_head_or_dimension_says_which() -> None:
    shown = {name for names in PAGE_VIEWS.values() for name in names}
    selecting = {name for name in shown if {"head.next", "dimension.next"} & set(VIEWS[name].keys)}
    assert selecting - {"attention"} == set(CHOSEN_PARTS)  # `attention` has all heads in their order
