"""How well one cosine a key frequency describes the logits, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels, figures
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

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
def _curves(history: RunMetricsSnapshot, keys: tuple[int, ...]) -> Curves:
    explained = Curve(_EXPLAINED, "var. explained", series(history, "logit_fit", "fve"), 7)
    fitted = [
        Curve(f"c_{k}", f"c_{k}", series(history, "logit_fit", "coefficients", str(k)), index)
        for index, k in enumerate(keys)
    ]
    return curves_of(history, [explained, *fitted])


def title(answer: LogitFormula) -> str:
    return f"{with_operation_signs('logits as a sum of cos w(x±y-z)', answer.operation)} · epoch {answer.epoch:,}"


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
    about=About(
        shows=(
            "How well one cosine a key frequency describes the logits, over the epochs. Above: the coefficient c_k of "
            "each key frequency. Below: the fraction of the logits' variance that the formula explains, from 0 to 1. "
            "Vertical line: the epoch on show; bands: the phases."
        ),
        definition=(
            "The study's formula for what the model computes, w_k = 2 pi k / p, k over the key frequencies:\n"
            "  logit(z) = sum over k of c_k cos w_k(x±y-z)\n"
            "The c_k are fitted by least squares to the logits of all pairs; being orthogonal, each is one "
            "projection. The fraction is that of the variance of all p^3 logits around their one mean."
        ),
        reading=(
            "Each cosine is largest at z = x ± y mod p, and their sum is large only there: elsewhere they cancel. At "
            "epoch 0 all c_k are about 0. They grow through circuit formation, while the test loss is still high, one "
            "frequency earlier than another; the fraction rises steeply at grokking and ends near 1: then the formula "
            "is nearly all that the model does. The key frequencies are those of the reference epoch, at every epoch."
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
