"""One head's attention to x in the 2-D Fourier basis, and its energy by frequency."""

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
class HeadSpectrum(Scaled):
    epoch: int
    head: int
    keys: tuple[int, ...]
    frequency: int | None
    spectrum: NDArray[np.float64]  # [component_x, component_y], centred
    energy: NDArray[np.float64]  # [freq], E_1 .. E_K


def query(explorer: Explorer, selection: Selection) -> HeadSpectrum:
    from engine.circuits import attention_map

    explorer.check("heads", selection.head, explorer.run.config.n_heads)
    found = attention_map(explorer.folded(selection.epoch), selection.head)
    return HeadSpectrum(
        selection.epoch,
        selection.head,
        explorer.keys(selection.reference_epoch),
        found.frequency,
        found.spectrum.cpu().numpy(),
        found.energy.cpu().numpy(),
    )


def title(answer: HeadSpectrum) -> str:
    tuned = "" if answer.frequency is None else f" · freq {answer.frequency}"
    return f"head {answer.head} · 2-D Fourier spectrum of attention to x{tuned} · epoch {answer.epoch:,}"


def draw(answer: HeadSpectrum, width: int, height: int, palette: Palette) -> Drawing:
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


def table(answer: HeadSpectrum) -> Table:
    return spectrum_table(answer.spectrum)


VIEW = View(
    name="attention-spectrum",
    about=(
        "The head's attention from the last position to that of x, centred over all inputs, in the orthonormal 2-D "
        "Fourier basis, B A B^T: component 0 is the constant, 2k-1 is cos k, 2k is sin k. E_k is the energy of the 9 "
        "coefficients at rows and columns {0, 2k-1, 2k}, the constant left out. After grokking a head lights up one "
        "or two key frequencies, mostly along the two edges: cos k and sin k of x alone and of y alone. When the map "
        "is shrunk each cell shows its largest coefficient."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("spectrum", "energy"),
)
