"""The mean squared 2-D spectrum of all neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.target import key_frequency_targets
from grok_tui.views.shared.comparison_scales import by_numbers
from grok_tui.views.shared.component_maps import draw_component_map
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.spectrum_maps import GridSpectrum, spectrum_table
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_BARS_WIDTH = 34


@dataclass(frozen=True, eq=False)
class MeanSpectrumAnswer(GridSpectrum):
    """Squared coefficients and block energies, as means over the neurons."""

    on_keys: float | None  # share of all energy in the blocks of the key frequencies; None without energy


def query(explorer: Explorer, selection: Selection) -> MeanSpectrumAnswer:
    import torch

    from engine.networks.fourier import block_sums

    epochs = selection.epoch, selection.reference_epoch
    keys = explorer.keys(selection.reference_epoch)
    means = zip(explorer.clusters(*epochs), explorer.mean_spectra(*epochs), strict=True)
    summed = [len(cluster.neurons) * mean for cluster, mean in means if mean is not None]
    spectrum = np.sum(summed, axis=0) / explorer.run.config.n_neurons
    energy, total = block_sums(torch.from_numpy(spectrum)).numpy(), float(spectrum.sum())
    on_keys = float(energy[[k - 1 for k in keys]].sum()) / total if total > 0 else None
    return MeanSpectrumAnswer(selection.epoch, keys, spectrum, energy, on_keys)


def title(answer: MeanSpectrumAnswer) -> str:
    return f"mean squared spectrum of all neurons · epoch {answer.epoch:,}"


def draw(answer: MeanSpectrumAnswer, width: int, height: int, palette: Palette) -> Drawing:
    keys = ", ".join(map(str, answer.keys)) or "none"
    share = () if answer.on_keys is None or answer.minus else (f"{answer.on_keys:.1%} of the energy in their blocks",)
    head = flow((f"key frequencies {keys}", *share), width, palette, most=1 if height < 14 else 2)
    room = max(height - head.height, 1)
    if width >= 2 * room + _BARS_WIDTH and room >= 8:
        left = 2 * room + 12
        body = beside(_map(answer, left, room, palette), _bars(answer, width - left - 1, room, palette))
    elif room >= 24:
        body = above(_map(answer, width, room - 8, palette), _bars(answer, width, 8, palette))
    else:
        body = _map(answer, width, room, palette)
    return fit(above(head, body), width, height)


def _map(answer: MeanSpectrumAnswer, width: int, height: int, palette: Palette) -> Drawing:
    scale = answer.scale("spectrum") or Scale(0.0, float(answer.spectrum.max()), False)
    return draw_component_map(answer.spectrum, answer.keys, width, height, palette, scale=scale)


def _bars(answer: MeanSpectrumAnswer, width: int, height: int, palette: Palette) -> Drawing:
    return bar_chart(
        answer.energy,
        width,
        height,
        palette,
        targets=key_frequency_targets(range(1, len(answer.energy) + 1), answer.keys),
        first=1,
        x_label="k",
        y_label="E_k, mean over neurons",
        highlight=answer.keys,
        colours={k: frequency_colour(k, answer.keys) for k in answer.keys},
        y_range=answer.limits("energy"),
    )


VIEW = View(
    name="mean-spectrum",
    about=About(
        shows=(
            "What all neurons respond to, in one map. The map: components of x across, of y down, component 0 at the "
            "top left; the axes name the key frequencies k; brighter is more. The bars, where there is room: the "
            "mean E_k, key frequencies highlighted. The line above has the share of all energy in the key "
            "frequencies' blocks."
        ),
        definition=(
            "With A_n[x, y] the activation of neuron n, minus its mean, and B the orthonormal real Fourier basis (0 "
            "the constant, 2k-1 cos w_k, 2k sin w_k):\n"
            "  map = mean over all neurons n of (B A_n B^T)^2, square by square\n"
            "  E_k = the sum of its 8 values on cos and sin of w_k x and of w_k y and on their products"
        ),
        reading=(
            "At epoch 0 the map is even, and the share is about what chance gives that number of key frequencies. In "
            "a grokked network each key frequency lights up the top and left edges (linear terms such as cos wx) and "
            "a 2 x 2 square on the diagonal (products such as cos wx cos wy), and next to nothing else. Linear terms "
            "are the strongest: the products' squares can be faint. Squares hide signs: those are in `block`. Where "
            "the map is scaled down each cell shows its largest value."
        ),
    ),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=spectrum_table,
    comparing=by_numbers("spectrum", "energy"),
)
