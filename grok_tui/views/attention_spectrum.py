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
from grok_tui.views.view import HEAD_KEYS, About, View

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
    about=About(
        shows=(
            "One head's attention to x in the 2-D Fourier basis. The map: components of x across, of y down, "
            "component 0 at the top left; blue is negative, orange positive. The bars: the energy E_k of each "
            "frequency, the key ones lit."
        ),
        definition=(
            "With A[x, y] the head's attention from the last position to that of x, its mean taken off, and B the "
            "orthonormal real Fourier basis over the p tokens:\n"
            "  map = B A B^T\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p.\n"
            "  E_k = sum of the squares at rows and columns {0, 2k-1, 2k}\n"
            "without the constant, which is 0 here."
        ),
        reading=(
            "At epoch 0 noise, and very little of it: see the scale. After grokking a head has one or two key "
            "frequencies, mostly along the top and left edges: cos and sin of x alone and of y alone. Opposite signs "
            "in x and in y are the rule, since more attention to x is less to y. Where the map is shrunk each cell "
            "shows its largest coefficient."
        ),
    ),
    keys=(*HEAD_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("spectrum", "energy"),
)
