"""The page of many runs: its data, and its table in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grok_tui.export.page.runs_page import runs_page
from grok_tui.queries.runs_provenance import runs_provenance
from grok_tui.run_views import RUN_VIEWS
from grok_tui.run_views.run_table import VIEW
from grok_tui.run_views.run_view import show_runs
from grok_tui.session.runs_selection import RunsSelection
from tests.grok_tui.chromium import Browser, Page, chromium, running_browser
from tests.grok_tui.export.page.embedded import data_of, plots
from tests.grok_tui.run_views.made_runs import made_run

HOSTILE = "</script><b>bold</b>"
ROWS = [made_run(decay, seed, measured=seed < 2) for decay in (0.1, 1.0, 10.0) for seed in (0, 1, 2)]
needs_browser = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (apt-get install chromium)")


def page_of(rows=ROWS) -> str:
    shown = replace(show_runs(rows, RunsSelection()), has_cursor=False)
    return runs_page(shown, tuple(RUN_VIEWS), runs_provenance(shown, [Path("/sweep")], VIEW))


def test_the_page_has_every_run_with_its_values_and_every_figure() -> None:
    data = data_of(page_of())
    names = [column["name"] for column in data["table"]["columns"]]
    assert names[0] == "name"
    assert {"weight decay", "seed", "grokked", "test loss"} <= set(names)
    assert "operation" not in names  # the title has what all runs share
    grokked, loss = names.index("grokked"), names.index("test loss")
    for row, run in zip(data["table"]["rows"], sorted(ROWS, key=lambda run: run.name), strict=True):
        assert row["texts"][0] == run.name
        assert row["values"][loss] == run.test_loss
        assert row["values"][grokked] == (run.measured.grokked if run.measured else None)
    assert [view["name"] for view in data["views"]] == list(RUN_VIEWS)
    assert all(plots(data, view["figure"]) for view in data["views"])


def test_hostile_names_stay_text() -> None:
    document = page_of([*ROWS, replace(ROWS[0], name=HOSTILE, path=Path("/sweep") / "hostile")])
    assert HOSTILE not in document
    assert HOSTILE in [row["texts"][0] for row in data_of(document)["table"]["rows"]]


def test_a_page_without_runs_is_a_page() -> None:
    data = data_of(page_of([]))
    assert data["table"]["rows"] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "runs.html"
    path.write_text(page_of([*ROWS, replace(ROWS[0], name=HOSTILE, path=Path("/sweep") / "hostile")]))
    return path


def column(page: Page, name: str) -> list[str]:
    return page.evaluate(
        "(() => { const names = [...document.querySelectorAll('.runs thead th')].map((each) => each.textContent);"
        f" const at = names.indexOf('{name}');"
        " return [...document.querySelectorAll('.runs tbody tr')].map((row) => row.children[at].textContent); })()"
    )


@needs_browser
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_opens_without_an_error_or_a_request(browser: Browser, file: Path, width: int) -> None:
    page = browser.open(file, width)
    for view in ("curves", "phase-diagram", "histogram", "groups"):
        assert page.evaluate(f"document.querySelectorAll('#{view} svg, #{view} table, #{view} canvas').length") > 0
    assert HOSTILE in column(page, "name")
    assert page.evaluate("document.querySelector('.runs b')") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (page.errors, page.requests) == ([], [])


@needs_browser
def test_the_table_sorts_by_a_click_and_by_the_keyboard(browser: Browser, file: Path) -> None:
    page = browser.open(file, 1280)
    names = page.evaluate("[...document.querySelectorAll('.sort')].map((each) => each.textContent)")
    grokked = names.index("grokked")
    page.evaluate(f"document.querySelectorAll('.sort')[{grokked}].focus()")
    page.press("Enter")
    up = column(page, "grokked")
    values = [int(text.replace(",", "")) for text in up if text != "–"]
    assert values == sorted(values)
    assert len(values) > 2
    assert set(up[len(values) :]) == {"–"}  # absent ones last
    page.press("Enter")
    down = column(page, "grokked")
    assert down[: len(values)] == up[: len(values)][::-1]
    assert set(down[len(values) :]) == {"–"}
    page.click(".sort")
    assert column(page, "name") == sorted(column(page, "name"))
    assert page.evaluate("document.querySelector('.runs th[aria-sort]').textContent") == "name"
    assert page.errors == []
