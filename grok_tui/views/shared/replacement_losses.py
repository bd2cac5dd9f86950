"""Losses of the ablated network by what replaces the ablated neurons: zero, their mean, or the filter of interventions.

Zero and mean ablation and the intervention "without cluster k" remove the same neurons, yet their losses may differ by
orders of magnitude: here they are side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.metrics.ablation_spec import Ablation
from grok_tui.render.cells import Drawing, Line, Span
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TablePlot
from grok_tui.render.table import Column, Table, Value

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.losses import BySplit
    from grok_tui.session.selection import Selection

_NUMBER_COLUMNS = 10  # of each loss with its gap
_STATE = "  on"
_ORIGINAL = "nothing"


@dataclass(frozen=True)
class Replacement:
    """A way to replace the ablated parts, and the losses of the network that results."""

    name: str  # as a row in the pane
    figure: str  # as a row in data
    on: bool  # whether it is the ablation on show
    loss: BySplit


def query_replacements(explorer: Explorer, selection: Selection, shown: BySplit) -> tuple[Replacement, ...]:
    """The losses of each way, empty if no cluster, head or path is ablated; `shown` are those of the one on show."""
    ablation = selection.ablation
    if replace(ablation, preset=None).nothing:
        return ()
    ways = [
        ("zero", "loss_zero", replace(ablation, preset=None, fill="zero")),
        ("mean", "loss_mean", replace(ablation, preset=None, fill="mean")),
    ]
    if ablation.clusters and explorer.config.task.has_sum_directions and explorer.keys(selection.reference_epoch):
        ways.append(("as interventions", "loss_interventions", replace(ablation, preset="key-frequencies")))
    if ablation not in [way for _, _, way in ways]:
        ways.append((f"preset {ablation.preset}", "loss_preset", ablation))

    def losses(way: Ablation) -> BySplit:
        if way == ablation:
            return shown
        return explorer.ablation_scores(selection.epoch, selection.reference_epoch, way).loss

    return tuple(Replacement(name, figure, way == ablation, losses(way)) for name, figure, way in ways)


def draw_replacements(
    replacements: Sequence[Replacement], original: BySplit, width: int, palette: Palette
) -> Drawing | None:
    """A header, the original losses and a row per way; None where not all columns fit, or without ways."""
    names = ["replaced by", _ORIGINAL, *(replacement.name for replacement in replacements)]
    name_width = 2 + max(map(len, names))
    if width < name_width + 3 * _NUMBER_COLUMNS + len(_STATE) or not replacements:
        return None

    def row(name: str, values: Sequence[str], state: str) -> str:
        return palette.text(f"{name:<{name_width}}" + "".join(f"{v:>{_NUMBER_COLUMNS}}" for v in values) + state)

    header = row("  replaced by", ("loss all", "train", "test"), "")
    lines: list[Line] = [(Span(header, palette.style(palette.muted, bold=True)),)]
    ways = [(_ORIGINAL, original, False), *((way.name, way.loss, way.on) for way in replacements)]
    for name, loss, on in ways:
        values = [_text(value) for value in (loss.all, loss.train, loss.test)]
        text = row(f"{'▸' if on else ' '} {name}", values, _STATE if on else "")
        lines.append((Span(text, palette.style(palette.foreground, bold=on)),))
    rows = tuple((name, loss.all, loss.train, loss.test, "on" if on else "") for name, loss, on in ways)
    numbers = (Column(name, format=".2e") for name in ("loss all", "train", "test"))
    columns = Column("replaced by"), *numbers, Column("state", title=" ")
    return Drawing.of_lines(lines, width).showing(TablePlot(Table(columns, rows)))


def replacement_rows(replacements: Sequence[Replacement]) -> list[tuple[str, str, str, float | None]]:
    """Rows of data: figure, pairs, on or off, loss."""
    return [
        (way.figure, of, "on" if way.on else "off", value)
        for way in replacements
        for of, value in (("all", way.loss.all), ("train", way.loss.train), ("test", way.loss.test))
    ]


def _text(value: Value) -> str:
    return "–" if value is None else format(value, ".2e")
