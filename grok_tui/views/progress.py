"""The study's progress measures: losses of the model and of parts of its logits, over the epochs."""

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

_LOSSES = ("test_loss", "train_loss", "excluded_loss_all_key_train", "trig_loss_all", "trig_loss_train")


@dataclass(frozen=True, eq=False)
class Progress:
    epoch: int
    keys: tuple[int, ...]
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> Progress:
    history = measured(explorer, selection, "progress")
    keys = explorer.keys(selection.reference_epoch)
    return Progress(selection.epoch, keys, _curves(history, keys), AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(history: HistorySoFar, keys: tuple[int, ...]) -> Curves:
    losses = [
        Curve("train_loss", "train", series(history, "loss", "train"), 0),
        Curve("test_loss", "test", series(history, "loss", "test"), 1),
        Curve("trig_loss_all", "trig", series(history, "trig_loss", "all"), 2),
        Curve("trig_loss_train", "trig train", series(history, "trig_loss", "train"), 3),
        Curve("excluded_loss_all_key_train", "excl. all", series(history, "excluded_loss_all_key", "train"), 7),
    ]
    excluded = [
        Curve(f"excluded_loss_{k}_train", f"excl. {k}", series(history, "excluded_loss", str(k), "train"), 1 + index)
        for index, k in enumerate(keys)
    ]
    return curves_of(history, [*losses, *excluded])


def title(answer: Progress) -> str:
    return f"progress measures · epoch {answer.epoch:,}"


def draw(answer: Progress, width: int, height: int, palette: Palette) -> Drawing:
    by_key = tuple(f"excluded_loss_{k}_train" for k in answer.keys)
    panels = (
        Panel(_LOSSES, "loss (nats)", log_y=True),
        Panel(("train_loss", "excluded_loss_all_key_train", *by_key), "loss, train (nats)", log_y=True),
    )
    head = figures(answer.curves, answer.epoch, _LOSSES)
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, head)


def table(answer: Progress) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="progress",
    about=(
        "Losses over epochs, log scale, means of the cross-entropy over pairs. Train and test: of the model. Trig: "
        "logits projected on cos w_k(x±y) and sin w_k(x±y) of all key frequencies, w_k = 2 pi k / p, plus the mean "
        "over inputs that this removes, on all pairs and on train: what the circuit alone would do. Excluded, on "
        "train: logits minus those two parts, of one key frequency or of all, nothing added back: what memory alone "
        "would do. The excluded loss rises while the test loss is still flat: the circuit grows before it shows. Trig "
        "on all and on train nearly coincide: the circuit does not serve memory. Bands: see `phases`."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
    log_y=True,
)
