"""One neuron in the 2-D Fourier basis, and its energy by frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.bars import bar_chart
from grok_tui.render.cells import Drawing, Style, above, beside, fit
from grok_tui.render.heatmap import heatmap
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer import NeuronSpectrum
    from grok_tui.selection import Selection

_BARS_WIDTH, _BARS_HEIGHT = 34, 8


@dataclass(frozen=True, eq=False)
class Spectrum:
    epoch: int
    keys: tuple[int, ...]
    found: NeuronSpectrum


def query(explorer: Explorer, selection: Selection) -> Spectrum:
    return Spectrum(
        selection.epoch,
        explorer.keys(selection.reference_epoch),
        explorer.neuron_spectrum(selection.epoch, selection.neuron, selection.reference_epoch),
    )


def title(answer: Spectrum) -> str:
    return f"neuron {answer.found.facts.neuron} · 2-D Fourier spectrum · epoch {answer.epoch:,}"


def draw(answer: Spectrum, width: int, height: int, palette: Palette) -> Drawing:
    if height < 14 and width < 70:
        return _bars(answer, width, height, palette)
    if width >= 2 * height + _BARS_WIDTH:
        bars = _bars(answer, width - 2 * height - 8, height, palette)
        return fit(beside(_map(answer, 2 * height + 7, height, palette), bars), width, height)
    bars_height = min(_BARS_HEIGHT, height // 3)
    return above(_map(answer, width, height - bars_height, palette), _bars(answer, width, bars_height, palette))


def _map(answer: Spectrum, width: int, height: int, palette: Palette) -> Drawing:
    return heatmap(answer.found.spectrum.T, width, height, palette, x_label="component of x", y_label="component of y")


def _bars(answer: Spectrum, width: int, height: int, palette: Palette) -> Drawing:
    head = Drawing.of_lines(["energy by frequency (key ones lit)"], width, Style(fg=palette.muted))
    bars = bar_chart(
        answer.found.energy,
        width,
        max(height - 1, 1),
        palette,
        labels=None,
        first=1,
        x_label="frequency k",
        y_label="E_k",
        highlight=answer.keys,
    )
    return fit(above(head, bars), width, height)


def table(answer: Spectrum) -> Table:
    values = answer.found.spectrum.tolist()
    rows = tuple((i, j, value) for i, row in enumerate(values) for j, value in enumerate(row))
    return Table((Column("component_x"), Column("component_y"), Column("value", format=".4g")), rows)


VIEW = View(
    name="spectrum",
    about=(
        "The neuron's centred activations in the orthonormal 2-D Fourier basis, B A B^T: component 0 is the constant, "
        "2k-1 is cos k, 2k is sin k. A tuned neuron lights up the 9 coefficients at rows and columns {0, 2k-1, 2k} "
        "of one frequency k; E_k is their energy, the constant left out. When the map is shrunk each cell shows "
        "its largest coefficient."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
