"""How far the test loss lags behind what the circuit alone would give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

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


@dataclass(frozen=True, eq=False)
class TestTrigRatio:
    epoch: int
    curves: Curves
    choice: AxesChoice

    __test__ = False  # its name is no test's


def query(explorer: Explorer, selection: Selection) -> TestTrigRatio:
    return TestTrigRatio(
        selection.epoch, _curves(measured(explorer, selection, "test-trig-ratio")), AxesChoice.of(selection)
    )


@lru_cache(maxsize=8)
def _curves(history: RunMetricsSnapshot) -> Curves:
    test, trig = series(history, "loss", "test"), series(history, "trig_loss", "all")
    ratio = np.divide(test, trig, out=np.full_like(test, np.nan), where=trig > 0)
    return curves_of(
        history,
        [
            Curve("test_trig_ratio", "test / trig", ratio),
            Curve("test_loss", "test", test),
            Curve("trig_loss_all", "trig", trig),
        ],
    )


def title(answer: TestTrigRatio) -> str:
    return f"test loss / trig loss · epoch {answer.epoch:,}"


def draw(answer: TestTrigRatio, width: int, height: int, palette: Palette) -> Drawing:
    head = figures(answer.curves, answer.epoch, ("test_trig_ratio", "test_loss", "trig_loss_all"))
    if not answer.curves.known(["test_trig_ratio"]) and answer.curves.history.metrics:
        head = ["split unknown: no test loss, and no ratio"]
    panels = [Panel(("test_trig_ratio",), "ratio", log_y=True)]
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, head)


def table(answer: TestTrigRatio) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="test-trig-ratio",
    about=About(
        shows=(
            "How far the test loss lags behind what the circuit alone would give, over the epochs. Log scale: the "
            "test loss divided by the trig loss on all pairs. The figures above have both. Vertical line: the epoch "
            "on show; bands: the phases."
        ),
        definition=(
            "  ratio = test loss / trig loss\n"
            "test loss: mean cross-entropy on the test pairs; it needs a known split. Trig loss: that of the logits "
            "projected on cos w_k(x±y) and sin w_k(x±y) of the key frequencies, plus the mean over inputs that this "
            "removes, on all pairs: of the circuit alone. w_k = 2 pi k / p."
        ),
        reading=(
            "At epoch 0 the ratio is 1, as both are guessing. It climbs before grokking: the circuit could already do "
            "better than the model, and what is left of memory spoils it. It peaks early in the cleanup, at ten "
            "thousand and more in the study's run, and falls as that noise is cleaned up. Late in training both "
            "losses are tiny, and the ratio settles at some value above 1 (6 at the end of the bundled run; the "
            "study's 230 is of losses that float32 cannot resolve)."
        ),
    ),
    keys=(*AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
    log_y=True,
)
