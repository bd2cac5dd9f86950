"""How well one cosine a key frequency describes the logits, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.signs import signed
from grok_tui.views.epoch_charts import AxesChoice, Panel, draw_panels, figures
from grok_tui.views.over_epochs import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.history import HistorySoFar
    from grok_tui.selection import Selection

_EXPLAINED = "fraction_of_variance_explained"


@dataclass(frozen=True, eq=False)
class LogitFormula:
    epoch: int
    operation: str
    keys: tuple[int, ...]
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> LogitFormula:
    keys = explorer.keys(selection.reference_epoch)
    curves = _curves(measured(explorer, selection, "logit-formula"), keys)
    return LogitFormula(selection.epoch, explorer.run.config.operation, keys, curves, AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(history: HistorySoFar, keys: tuple[int, ...]) -> Curves:
    explained = Curve(_EXPLAINED, "var. explained", series(history, "logit_fit", "fve"), 7)
    fitted = [
        Curve(f"c_{k}", f"c_{k}", series(history, "logit_fit", "coefficients", str(k)), index)
        for index, k in enumerate(keys)
    ]
    return curves_of(history, [explained, *fitted])


def title(answer: LogitFormula) -> str:
    return f"{signed('logits as a sum of cos w(x±y-z)', answer.operation)} · epoch {answer.epoch:,}"


def draw(answer: LogitFormula, width: int, height: int, palette: Palette) -> Drawing:
    columns = tuple(f"c_{k}" for k in answer.keys)
    panels = [Panel(columns, "coefficient"), Panel((_EXPLAINED,), "fraction", y_range=(0.0, 1.0))]
    explained = answer.curves.at(answer.epoch, _EXPLAINED)
    head = [] if explained is None else [f"{explained:.1%} of the logits' variance"]
    if not answer.keys:
        head.append("no key frequencies at the reference epoch")
    head += figures(answer.curves, answer.epoch, columns)
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, head)


def table(answer: LogitFormula) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="logit-formula",
    about=(
        "The study's formula for what the model computes: logit(z) = sum over key frequencies k of c_k cos w_k(x±y-z), "
        "w_k = 2 pi k / p, with c_k fitted by least squares to the logits of all pairs. Each cosine is largest at "
        "z = x ± y mod p, and their sum is large only there. Shown over epochs: c_k, and the fraction of the variance "
        "of all p^3 logits around their mean that the formula explains: 1 means it is all that the model does."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
