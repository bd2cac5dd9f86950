"""What the neurons respond to, all in one picture: the mean of their squared 2-D spectra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.bars import bar_chart
from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.heatmap import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.component_maps import draw_component_map
from grok_tui.views.facts import flow
from grok_tui.views.numbers import Scaled, by_numbers
from grok_tui.views.spectrum_maps import spectrum_table
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection

_BARS_WIDTH = 34


@dataclass(frozen=True, eq=False)
class MeanSpectrum(Scaled):
    epoch: int
    keys: tuple[int, ...]
    spectrum: NDArray[np.float64]  # [component_x, component_y], squared, mean over neurons
    energy: NDArray[np.float64]  # [freq]: of block k, mean over neurons
    on_keys: float | None  # share of all energy in the blocks of the key frequencies; None without energy


def query(explorer: Explorer, selection: Selection) -> MeanSpectrum:
    import torch

    from engine.circuits import mean_spectrum
    from engine.fourier import block_energies

    keys = explorer.keys(selection.reference_epoch)
    everyone = torch.arange(explorer.run.config.d_mlp, device=explorer.device)
    found = mean_spectrum(explorer.folded(selection.epoch), everyone).double()
    energy, total = block_energies(found.sqrt()), found.sum().item()
    on_keys = energy[[k - 1 for k in keys]].sum().item() / total if total > 0 else None
    return MeanSpectrum(selection.epoch, keys, found.cpu().numpy(), energy.cpu().numpy(), on_keys)


def title(answer: MeanSpectrum) -> str:
    return f"mean squared spectrum of all neurons · epoch {answer.epoch:,}"


def draw(answer: MeanSpectrum, width: int, height: int, palette: Palette) -> Drawing:
    named = ", ".join(map(str, answer.keys)) or "none"
    held = () if answer.on_keys is None or answer.minus else (f"{answer.on_keys:.1%} of the energy in their blocks",)
    head = flow((f"key frequencies {named}", *held), width, palette, most=1 if height < 14 else 2)
    room = max(height - head.height, 1)
    if width >= 2 * room + _BARS_WIDTH and room >= 8:
        left = 2 * room + 12
        body = beside(_map(answer, left, room, palette), _bars(answer, width - left - 1, room, palette))
    elif room >= 24:
        body = above(_map(answer, width, room - 8, palette), _bars(answer, width, 8, palette))
    else:
        body = _map(answer, width, room, palette)
    return fit(above(head, body), width, height)


def _map(answer: MeanSpectrum, width: int, height: int, palette: Palette) -> Drawing:
    scale = answer.scale("spectrum") or Scale(0.0, float(answer.spectrum.max()), False)
    return draw_component_map(answer.spectrum, answer.keys, width, height, palette, scale=scale)


def _bars(answer: MeanSpectrum, width: int, height: int, palette: Palette) -> Drawing:
    return bar_chart(
        answer.energy,
        width,
        height,
        palette,
        first=1,
        x_label="k",
        y_label="E_k, mean over neurons",
        highlight=answer.keys,
        y_range=answer.limits("energy"),
    )


def table(answer: MeanSpectrum) -> Table:
    return spectrum_table(answer.spectrum)


VIEW = View(
    name="mean-spectrum",
    about=(
        "Each neuron's activation over (x, y), centred, is put in the orthonormal 2-D Fourier basis, squared, and the "
        "squares are averaged over all neurons: mean over neurons of (B (A - mean A) B^T)^2. Component 0 is the "
        "constant, 2k-1 is cos k, 2k is sin k; the axes name the key frequencies k, x across and y down. A grokked "
        "model lights up, for each key frequency, the edges of the map (linear terms such as cos wx) and a 2 x 2 "
        "square on its diagonal (products such as cos wx cos wy), and nothing else. The bars are the energy of the 8 "
        "varying coefficients of each frequency; key ones are lit."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("spectrum", "energy"),
)
