"""How few Fourier components hold the embedding and the readout, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels, figures
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_COLUMNS = ("gini_W_E", "gini_W_L")


@dataclass(frozen=True, eq=False)
class Sparsity:
    epoch: int
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> Sparsity:
    return Sparsity(selection.epoch, _curves(measured(explorer, selection, "sparsity")), AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(history: RunMetricsSnapshot) -> Curves:
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
    about=About(
        shows=(
            "How few Fourier components hold the embedding and the readout, over the epochs. Two curves from 0 to 1: "
            "the Gini coefficient of W_E and of W_L. Vertical line: the epoch on show; bands: the phases."
        ),
        definition=(
            "The Gini coefficient of the norms v_i of the n = p Fourier components, in ascending order, of W_E over "
            "the tokens and of W_L = W_out W_U over the answers:\n"
            "  Gini = sum over i of (2i - n - 1) v_i / (n × sum of v_i)\n"
            "0: all components are alike; towards 1: few hold everything (Nanda et al. 2023)."
        ),
        reading=(
            "At epoch 0 it is near 0: random weights look alike in every component. It creeps up through circuit "
            "formation, and rises steeply at grokking and in the cleanup, W_L first. It needs no key frequencies, and "
            "so no hindsight: of the measures here it is one that could be watched while training. It cannot reach 1: "
            "with five frequencies ten of 113 components are equally large, which is 0.91."
        ),
    ),
    keys=(*AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
