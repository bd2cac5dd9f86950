"""Views in a notebook: `show(explorer, "clusters")` is an answer that displays itself.

>>> from grok_tui.notebook import show
>>> shown = show("grok_tui/demo", "clusters", epoch=40_000)
>>> shown.title, len(shown.table.rows)
('clusters · epoch 40,000 · keys of 40,000', 6)
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from engine import Explorer, GrokError, WrongUsage, open_run
from engine.many_runs.cache_folders import metrics_folder
from grok_tui.export.figures.answer import figure_of_answer
from grok_tui.export.figures.options import LAYOUT, FigureStyle, NoFigure
from grok_tui.export.render import render_answer
from grok_tui.queries.applicable_views import require_parts
from grok_tui.queries.provenance import provenance_lines
from grok_tui.queries.shown_view import query_view, sides_with_run_metrics
from grok_tui.render.formats.html import to_html
from grok_tui.render.palette import choose_palette
from grok_tui.render.plots import TablePlot, TextPlot
from grok_tui.render.table import Table, with_labels
from grok_tui.session.choices import Activation, Order
from grok_tui.session.comparison_target import compared_selection
from grok_tui.session.selection import initial_selection
from grok_tui.session.user_folders import user_folder
from grok_tui.views.registry import view_named
from grok_tui.views.view import Figure

if TYPE_CHECKING:
    import pandas
    import polars

    from engine.metrics.ablation_spec import Ablation

_TEXT_SIZE = (100, 30)
_MOST_ROWS = 60  # of a table on the page
_OPEN_ROWS = 20  # up to so many rows stand open below a figure


class Selected(TypedDict, total=False):
    """What to show of a run, as the options of `grok-tui show`; `frequency` selects a neuron of its cluster."""

    neuron: int
    frequency: int
    head: int
    dimension: int
    pair: tuple[int, int]
    order: Order
    window: tuple[int, int]
    activation: Activation
    ablation: Ablation


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """A view's answer with its provenance. Notebooks display it as a figure, if matplotlib is installed, and a table.

    `answer` has the numbers as the view's query returns them, with numpy arrays where there are many.
    """

    view: Figure[Any]
    answer: Any
    provenance: Mapping[str, Any]
    dark: bool = False

    @property
    def title(self) -> str:
        return self.view.title(self.answer)

    @cached_property
    def table(self) -> Table:
        """The numbers as `grok-tui show --format csv` has them."""
        return with_labels(self.view.table(self.answer))

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame, with the provenance in its `attrs`.

        Raises:
            GrokError: pandas is not installed.
        """
        frame = _package("pandas", "to_pandas").DataFrame(list(self.table.rows), columns=self._names)
        frame.attrs["provenance"] = dict(self.provenance)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The table as a data frame.

        Raises:
            GrokError: polars is not installed.
        """
        columns = {name: [row[index] for row in self.table.rows] for index, name in enumerate(self._names)}
        return _package("polars", "to_polars").DataFrame(columns, strict=False)

    def __repr__(self) -> str:
        """The drawing of the view as text, for a console."""
        return render_answer(self.view, self.answer, self.provenance, *_TEXT_SIZE, "text").rstrip("\n")

    def _repr_html_(self) -> str:
        """The figure, unless it would be a table, and the table; both with the provenance as their caption."""
        table = to_html(self.table, self._caption, _MOST_ROWS)
        png = None if self._draws_a_table else self._repr_png_()
        if png is None:
            return table
        rows = len(self.table.rows)
        image = f'<img alt="{escape(self.title)}" style="max-width: 100%" src="data:image/png;base64,{_base64(png)}">'
        state, count = " open" if rows <= _OPEN_ROWS else "", f"{rows:,} row{'' if rows == 1 else 's'}"
        return f'{image}\n<details{state}><summary style="color: inherit">{count}</summary>\n{table}</details>\n'

    def _repr_png_(self) -> bytes | None:
        """The figure; None without matplotlib, or if the view has nothing to plot."""
        try:
            return self._png
        except NoFigure:
            return None

    @property
    def _draws_a_table(self) -> bool:
        drawing = self.view.draw(self.answer, *LAYOUT, choose_palette(self.dark))
        return all(isinstance(placed.plot, TablePlot | TextPlot) for placed in drawing.plots)

    @cached_property
    def _png(self) -> bytes:
        return figure_of_answer(self.view, self.answer, self.provenance, "png", FigureStyle(dark=self.dark))

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.table.columns]

    @property
    def _caption(self) -> list[str]:
        return [self.title, *provenance_lines(self.provenance)]


def show(
    run: Explorer | str | Path,
    view: str,
    *,
    epoch: int | None = None,
    reference_epoch: int | None = None,
    against: int | Explorer | None = None,
    difference: bool = False,
    dark: bool = False,
    **selected: Unpack[Selected],
) -> Shown:
    """One view of a run, as `grok-tui show` prints it; computes what it needs, and waits for it.

    Args:
        run: an explorer, which keeps its caches from call to call, or what `open_run` opens.
        view: its name, such as "clusters".
        epoch: the checkpoint; the default is the last.
        reference_epoch: the epoch whose clusters define the key frequencies; the default is the last.
        against: an epoch to compare with, or another run.
        difference: show the difference instead of both sides.
        dark: the background of the figure.
        **selected: a neuron, a frequency and so on: `Selected`.

    Raises:
        WrongUsage: there is no such view, or nothing to compare with.
        UnknownQuery: the run lacks the epoch, the neuron or another part that is selected.
        GrokError: the run cannot be read, or the view needs what it lacks.
    """
    chosen = view_named(view)
    explorer = run if isinstance(run, Explorer) else _explorer(run)
    second = against if isinstance(against, Explorer) else None
    pinned = None if isinstance(against, Explorer) else against
    if difference and against is None:
        raise WrongUsage("difference=True needs something to compare with; pass against=EPOCH or against=EXPLORER.")
    start = initial_selection(explorer, epoch=epoch, reference_epoch=reference_epoch, **selected)
    selection = compared_selection(start, explorer, second, pinned, difference)
    require_parts(chosen, explorer.run)
    for side in sides_with_run_metrics(chosen, explorer, selection, second):
        for _ in side.explorer.run_metrics(side.selection.reference_epoch).steps():
            pass
    one = query_view(chosen, explorer, selection, second)
    return Shown(one.view, one.answer, one.provenance, dark)


def _explorer(run: str | Path) -> Explorer:
    """The explorer of a run by its name, with the cache of the program."""
    return Explorer(open_run(run), cache=metrics_folder(user_folder("cache")))


def _package(name: str, method: str) -> ModuleType:
    if find_spec(name) is None:
        raise GrokError(f"{method} needs {name}, which is not installed; run pip install {name}.")
    return import_module(name)


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")
