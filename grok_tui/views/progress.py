"""The study's progress measures: losses of the model and of parts of its logits, over the epochs."""

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
def _curves(history: RunMetricsSnapshot, keys: tuple[int, ...]) -> Curves:
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
    about=About(
        shows=(
            "The study's progress measures: losses of the model and of parts of its logits, over the epochs. Log "
            "scale. One chart: test, train, trig loss on all pairs and on train, and the excluded loss of all key "
            "frequencies. The other: the excluded loss of each key frequency, with train. Vertical line: the epoch on "
            "show; bands: the phases."
        ),
        definition=(
            "All are mean cross-entropies; w_k = 2 pi k / p.\n"
            "  trig: the logits projected on cos w_k(x±y) and sin w_k(x±y) of all key frequencies, plus the mean over "
            "inputs that this removes; on all pairs, and on train: what the circuit alone would do (Nanda et al. "
            "2023: restricted loss)\n"
            "  excluded: the logits minus those two parts, of one key frequency or of all, nothing added back; on "
            "train: what memory alone would do\n"
            "Train pairs are what the study's code and the paper take for it; the study's text says all pairs."
        ),
        reading=(
            "At epoch 0 all are equal: guessing. After memorisation the excluded loss rises while the test loss stays "
            "flat: the circuit grows before it shows. The trig loss falls long before the test loss for the same "
            "reason; the test loss follows when what is left of memory is cleaned up. Trig on all pairs and on train "
            "nearly coincide: the circuit does not serve memory. All of it uses the key frequencies of the reference "
            "epoch, known only with hindsight."
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
