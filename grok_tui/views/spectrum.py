"""One neuron in the 2-D Fourier basis, and its energy by frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.numbers import Scaled, by_numbers
from grok_tui.views.spectrum_maps import draw_spectrum, spectrum_table
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection


@dataclass(frozen=True, eq=False)
class Spectrum(Scaled):
    epoch: int
    keys: tuple[int, ...]
    neuron: int
    spectrum: NDArray[np.float64]  # [component_x, component_y], centred
    energy: NDArray[np.float64]  # [freq], E_1 .. E_K


def query(explorer: Explorer, selection: Selection) -> Spectrum:
    found = explorer.neuron_spectrum(selection.epoch, selection.neuron, selection.reference_epoch)
    keys = explorer.keys(selection.reference_epoch)
    return Spectrum(selection.epoch, keys, selection.neuron, found.spectrum, found.energy)


def title(answer: Spectrum) -> str:
    return f"neuron {answer.neuron} · 2-D Fourier spectrum · epoch {answer.epoch:,}"


def draw(answer: Spectrum, width: int, height: int, palette: Palette) -> Drawing:
    return draw_spectrum(
        answer.spectrum,
        answer.energy,
        answer.keys,
        width,
        height,
        palette,
        scale=answer.scale("spectrum"),
        limits=answer.limits("energy"),
    )


def table(answer: Spectrum) -> Table:
    return spectrum_table(answer.spectrum)


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
    comparing=by_numbers("spectrum", "energy"),
)
