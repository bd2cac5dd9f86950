"""The progress measures of the study: losses of the network and of parts of its logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.views.shared.curve_view import curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_LOSSES = ("test_loss", "train_loss", "excluded_loss_all_key_train", "trig_loss_all", "trig_loss_train")


def _curves(run_metrics: RunMetricsSnapshot, key_frequencies: Sequence[int]) -> list[Curve]:
    def loss(column: str, name: str, path: tuple[str, ...], colour: int) -> Curve:
        return Curve(column, name, metric_series(run_metrics, *path), colour)

    return [
        loss("train_loss", "train", ("loss", "train"), 0),
        loss("test_loss", "test", ("loss", "test"), 1),
        loss("trig_loss_all", "trig", ("trig_loss", "all"), 2),
        loss("trig_loss_train", "trig train", ("trig_loss", "train"), 3),
        loss("excluded_loss_all_key_train", "excl. all", ("excluded_loss_all_key", "train"), 7),
        *(
            loss(_excluded(k), f"excl. {k}", ("excluded_loss", str(k), "train"), frequency_colour(k, key_frequencies))
            for k in key_frequencies
        ),
    ]


def _panels(key_frequencies: Sequence[int]) -> list[Panel]:
    by_frequency = ("train_loss", "excluded_loss_all_key_train", *map(_excluded, key_frequencies))
    losses = Panel(_LOSSES, "loss (nats)", log_y=True)
    if not key_frequencies:
        return [losses]
    return [losses, Panel(by_frequency, "excluded loss", log_y=True, prefix="excl. ")]


def _excluded(k: int) -> str:
    return f"excluded_loss_{k}_train"


VIEW = curve_view(
    name="progress",
    title="progress measures",
    sum_directions="for some",
    about=About(
        shows=(
            "The progress measures of the study: losses of the network and of parts of its logits, over the epochs. "
            "Log scale. First chart: test, train, trig loss on all pairs and on train, and the excluded loss of all "
            "key frequencies. Second chart: the excluded loss on train of each key frequency and of all, with the "
            "train loss. Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "All are mean cross-entropies; w_k = 2 pi k / p.\n"
            "  trig: the logits projected on cos w_k(x±y) and sin w_k(x±y) of all key frequencies, plus the mean over "
            "inputs that this removes; on all pairs, and on train: the loss of the circuit alone (Nanda et al. 2023: "
            "restricted loss)\n"
            "  excluded: the logits minus those two parts, of one key frequency or of all, nothing added back; on "
            "train: the loss of memory alone\n"
            "The study's code and the paper use the train pairs here; the study's text says all pairs."
        ),
        reading=(
            "At epoch 0 all are equal: guessing. After memorisation the excluded loss rises while the test loss stays "
            "flat: the circuit grows before it is visible in the losses. The trig loss falls long before the test loss "
            "for the same reason; the test loss follows when the rest of the memory is cleaned up. Trig on all pairs "
            "and on train nearly coincide: the circuit does not serve memory. All of these use the key frequencies of "
            "the reference epoch, which are known only with hindsight."
        ),
    ),
    curves=_curves,
    panels=_panels,
)
