"""How few Fourier components hold the embedding and the readout, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.epoch_charts import AxesChoice, Panel, draw_panels, figures
from grok_tui.views.over_epochs import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.history import HistorySoFar
    from grok_tui.selection import Selection

_COLUMNS = ("gini_W_E", "gini_W_L")


@dataclass(frozen=True, eq=False)
class Sparsity:
    epoch: int
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> Sparsity:
    return Sparsity(selection.epoch, _curves(measured(explorer, selection, "sparsity")), AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(history: HistorySoFar) -> Curves:
    embedding, readout = series(history, "gini", "W_E"), series(history, "gini", "W_L")
    names = ("W_E embedding", "W_L readout")
    return curves_of(history, [Curve(_COLUMNS[0], names[0], embedding), Curve(_COLUMNS[1], names[1], readout)])


def title(answer: Sparsity) -> str:
    return f"sparsity in the Fourier basis · epoch {answer.epoch:,}"


def draw(answer: Sparsity, width: int, height: int, palette: Palette) -> Drawing:
    head = figures(answer.curves, answer.epoch, _COLUMNS, ".3f")
    panels = [Panel(_COLUMNS, "Gini", y_range=(0.0, 1.0))]
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, head)


def table(answer: Sparsity) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="sparsity",
    about=(
        "The Gini coefficient of the norms of the Fourier components of W_E (over the tokens) and of W_L = W_out W_U "
        "(over the answers), over epochs. With the n norms v_i in ascending order: sum of (2i - n - 1) v_i / (n sum of "
        "v_i). 0: all components are alike, as at random; towards 1: few hold everything. It rises through circuit "
        "formation and once more, steeply, in cleanup. (Nanda et al. 2023.)"
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
