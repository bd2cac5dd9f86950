"""Softmax collapse: the share of pairs whose softmax is a single 1 in float32, over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_NAMES = {"softmax_collapse": "collapse", "zero_loss": "zero loss", "smallest_margin": "margin"}
_PARTS = ("all", "train", "test")


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [
        Curve(f"{name}_{part}", f"{text} {part}", metric_series(run_metrics, "collapse", name, part), colour)
        for name, text in _NAMES.items()
        for colour, part in enumerate(_PARTS)
    ]


def _facts(answer: CurveAnswer) -> list[str]:
    values = {name: answer.curves.at(answer.epoch, f"{name}_all") for name in _NAMES}
    formats = {
        "softmax_collapse": "collapse {:.2%}",
        "zero_loss": "zero loss {:.2%}",
        "smallest_margin": "margin {:.3g}",
    }
    facts = [formats[name].format(value) for name, value in values.items() if value is not None]
    return [f"of all pairs: {facts[0]}", *facts[1:]] if facts else []


def _panel(name: str, label: str, limits: tuple[float, float] | None = None) -> Panel:
    columns = tuple(f"{name}_{part}" for part in _PARTS)
    return Panel(columns, label, y_range=limits, prefix=f"{_NAMES[name]} ")


VIEW = curve_view(
    name="collapse",
    title="softmax collapse in float32",
    about=About(
        shows=(
            "For how many pairs float32 cannot improve the loss any more, over the epochs. First chart: the share of "
            "pairs with softmax collapse; second: the share whose loss is exactly 0; third: the smallest margin of a "
            "right answer. Each over all pairs, the train pairs and the test pairs. Vertical line: the epoch shown; "
            "bands: the phases."
        ),
        definition=(
            "With the logits l_z of the p answers in float32:\n"
            "  collapse: sum over z of exp(l_z - max l) is exactly 1\n"
            "  zero loss: log of that sum - (l_right - max l) is exactly 0\n"
            "  smallest margin: min over pairs of l_right - largest wrong l\n"
            "The shares are of all pairs, of the train pairs and of the test pairs (Prieto et al. 2025, Grokking at "
            "the Edge of Numerical Stability)."
        ),
        reading=(
            "A collapsed pair adds no gradient of the right answer's logit. If all train pairs collapse while the "
            "network only memorises, and nothing pulls the weights back, it stops learning: then without weight decay "
            "there is no grokking in float32. A pair collapses when its margin exceeds about ln(2^24) = 16.6, less "
            "with many wrong answers near the second place. Weight decay keeps margins finite: the share rises, and "
            "stays below 1. Where a pair is answered wrong, it may collapse and still have a loss."
        ),
    ),
    curves=_curves,
    panels=(
        _panel("softmax_collapse", "share collapsed", (0.0, 1.0)),
        _panel("zero_loss", "share of zero loss", (0.0, 1.0)),
        _panel("smallest_margin", "smallest margin"),
    ),
    facts=_facts,
)
