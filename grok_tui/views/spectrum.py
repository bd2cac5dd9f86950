"""One neuron in the 2-D Fourier basis, and its energy by frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.spectrum_maps import draw_spectrum, spectrum_table
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer import NeuronSpectrum
    from grok_tui.selection import Selection


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
    return draw_spectrum(answer.found.spectrum, answer.found.energy, answer.keys, width, height, palette)


def table(answer: Spectrum) -> Table:
    return spectrum_table(answer.found.spectrum)


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
