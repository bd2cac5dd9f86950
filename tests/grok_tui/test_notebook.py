"""Views in a notebook: what a notebook calls to display an answer, and data frames."""

from __future__ import annotations

import ast
import re
import sys
from base64 import b64decode
from html.parser import HTMLParser
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine import Ablation, Explorer, GrokError, UnknownQuery, WrongUsage, open_run
from grok_tui.notebook import Shown, show
from grok_tui.render.formats.html import to_html
from grok_tui.render.table import Column, Table, text_of

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
_VOID = {"img", "br"}


class Page(HTMLParser):
    """Cells by tag, and the tags that are open; text between them is joined."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
            self.cells.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.cells[tag][-1] += data


@pytest.fixture
def without(monkeypatch):
    """Makes a package one that is not installed."""
    return lambda name: monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def shown(explorer) -> Shown:
    return show(explorer, "clusters", epoch=30)


def test_the_table_has_the_numbers_of_the_view(shown, without) -> None:
    without("matplotlib")
    page = Page(shown._repr_html_())
    assert page.open == []
    table = shown.table
    headers = [column.title or column.name for column in table.columns]
    assert page.cells["th"][: len(headers)] == headers
    numbers = [
        value if isinstance(value, str) else text_of(value, column)
        for row in table.rows
        for value, column in zip(row, table.columns, strict=True)
    ]
    assert [*page.cells["th"][len(headers) :], *page.cells["td"]] == [
        *(cell for index, cell in enumerate(numbers) if index % len(headers) < table.keys),
        *(cell for index, cell in enumerate(numbers) if index % len(headers) >= table.keys),
    ]
    scopes = [attributes["scope"] for tag, attributes in page.attributes if tag == "th"]
    assert scopes == ["col"] * len(headers) + ["row"] * len(table.rows)


def test_the_caption_is_the_provenance(shown, without) -> None:
    without("matplotlib")
    (caption,) = Page(shown._repr_html_()).cells["caption"]
    assert caption.startswith("clusters · epoch 30 · keys of 40")
    assert f"{shown.provenance['run']} at epoch 30 · x + y, p = 7" in caption
    assert "key frequencies 1, 2, 3 of epoch 40" in caption


def test_it_inherits_the_colours_of_the_page(shown, without) -> None:
    without("matplotlib")
    html = shown._repr_html_()
    assert "color: inherit" in html
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", html)


def test_the_figure_stands_above_the_table(explorer) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")
    shown = show(explorer, "progress")
    png = shown._repr_png_()
    assert png.startswith(b"\x89PNG\r\n")
    html = shown._repr_html_()
    assert b64decode(re.search(r"base64,([^\"]+)", html)[1]) == png
    assert Page(html).open == []
    assert html.index("<img alt=") < html.index("<details open>") < html.index("<table")


def test_without_matplotlib_there_is_a_table_alone(explorer, without) -> None:
    without("matplotlib")
    shown = show(explorer, "progress")
    assert shown._repr_png_() is None
    assert "<img" not in shown._repr_html_()


def test_a_view_that_is_a_table_is_shown_once(shown) -> None:
    html = shown._repr_html_()
    assert "<img" not in html
    assert html.count("<table") == 1


def test_a_long_table_says_how_many_rows_it_leaves_out() -> None:
    table = Table((Column("n"),), tuple((n,) for n in range(100)))
    page = Page(to_html(table, ["a & b <c>"], most=10))
    assert page.cells["caption"] == ["a & b <c>"]
    assert page.cells["td"][-1] == "… 90 more"
    assert len(page.cells["tr"]) == 12


def test_in_a_console_it_is_text(shown) -> None:
    assert repr(shown).splitlines()[0] == "clusters · epoch 30 · keys of 40"


def test_pandas(shown) -> None:
    pandas = pytest.importorskip("pandas")
    frame = shown.to_pandas()
    assert list(frame.columns) == [column.name for column in shown.table.columns]
    assert frame["neurons"].sum() == 12
    assert frame.attrs["provenance"]["epoch"] == 30
    assert pandas.isna(frame["frequency"].iloc[-1])


def test_polars(shown) -> None:
    pytest.importorskip("polars")
    frame = shown.to_polars()
    assert frame.columns == [column.name for column in shown.table.columns]
    assert frame["neurons"].sum() == 12
    assert frame["frequency"].to_list()[-1] is None


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_frame_has_the_columns_of_the_table(shown, monkeypatch, name) -> None:
    """With a package that records what it is called with: the real one may not be installed."""
    package = ModuleType(name)
    package.__spec__ = ModuleSpec(name, None)

    class DataFrame:
        def __init__(self, data: Any, columns: list[str] | None = None, strict: bool = True) -> None:
            self.data, self.columns, self.attrs = data, columns, {}

    package.DataFrame = DataFrame
    monkeypatch.setitem(sys.modules, name, package)
    frame = getattr(shown, f"to_{name}")()
    names = [column.name for column in shown.table.columns]
    if name == "pandas":
        assert (frame.data, frame.columns) == (list(shown.table.rows), names)
        assert frame.attrs["provenance"] == shown.provenance
    else:
        assert list(frame.data) == names
        assert list(zip(*frame.data.values(), strict=True)) == list(shown.table.rows)


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_package_is_named(shown, without, name) -> None:
    without(name)
    sentence = f"to_{name} needs {name}, which is not installed; run pip install {name}."
    with pytest.raises(GrokError, match=f"^{re.escape(sentence)}$"):
        getattr(shown, f"to_{name}")()


def test_a_run_is_opened_by_its_name(tiny_run) -> None:
    assert show(tiny_run, "losses").provenance["epoch"] == 40
    assert show(str(tiny_run), "losses").table.rows


def test_what_is_selected(explorer) -> None:
    assert show(explorer, "neuron", neuron=7, epoch=20).title.startswith("neuron 7 · ")
    ablated = show(explorer, "ablation", ablation=Ablation(heads=frozenset({1})))
    assert "head 1" in repr(ablated)


def test_curves_have_the_metrics_of_all_epochs(explorer) -> None:
    shown = show(explorer, "progress")
    assert [row[0] for row in shown.table.rows] == [0, 10, 20, 30, 40]


def test_two_epochs_and_two_runs(explorer, subtracting_run) -> None:
    assert "against its epoch 10" in show(explorer, "clusters", against=10)._repr_html_()
    other = show(explorer, "losses", against=Explorer(open_run(subtracting_run)))
    assert "subtracting" in other._repr_html_()
    assert show(explorer, "neuron", against=10, difference=True).table.rows


def test_mistakes_are_sentences(explorer) -> None:
    with pytest.raises(WrongUsage, match="Did you mean 'clusters'"):
        show(explorer, "clustres")
    with pytest.raises(UnknownQuery, match="neurons 0 to 11; found 12"):
        show(explorer, "neuron", neuron=12)
    with pytest.raises(WrongUsage, match="pass against=EPOCH or against=EXPLORER"):
        show(explorer, "neuron", difference=True)


def last_value(code: str, namespace: dict[str, Any]) -> Any:
    """Run a cell as a notebook does; the value of its last line."""
    *statements, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(statements, []), "cell", "exec"), namespace)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)


def test_the_cell_of_the_readme_displays_itself() -> None:
    (cell,) = re.findall(r"<!-- notebook -->\n```python\n(.*?)```", README, re.DOTALL)
    value = last_value(cell, {"explorer": Explorer(open_run("grok_tui/demo"))})
    (caption,) = Page(value._repr_html_()).cells["caption"]
    assert caption.startswith("clusters · epoch 14,000")
    assert value._repr_png_() is None or value._repr_png_().startswith(b"\x89PNG")


def test_ipython_chooses_html_and_png(shown) -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(shown)
    assert {"text/plain", "text/html"} <= set(data)
    assert data["text/plain"].startswith("clusters · epoch 30")
