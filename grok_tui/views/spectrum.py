"""One neuron in the 2-D Fourier basis, and its energy by frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.views.shared.comparison_scales import by_numbers
from grok_tui.views.shared.spectrum_maps import GridSpectrum, draw_spectrum, spectrum_table
from grok_tui.views.view import NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class SpectrumAnswer(GridSpectrum):
    neuron: int


def query(explorer: Explorer, selection: Selection) -> SpectrumAnswer:
    result = explorer.neuron_spectrum(selection.epoch, selection.neuron, selection.reference_epoch)
    keys = explorer.keys(selection.reference_epoch)
    return SpectrumAnswer(selection.epoch, keys, result.spectrum, result.energy, selection.neuron)


def title(answer: SpectrumAnswer) -> str:
    return f"neuron {answer.neuron} · 2-D Fourier spectrum · epoch {answer.epoch:,}"


VIEW = View(
    name="spectrum",
    about=About(
        shows=(
            "One neuron in the 2-D Fourier basis. The map: components of x across, of y down, component 0 at the top "
            "left; blue is negative, orange positive. The bars: the energy E_k of each frequency, key frequencies "
            "highlighted. A small pane has the bars alone."
        ),
        definition=(
            "With A[x, y] the activation (post), minus its mean, and B the orthonormal real Fourier basis over the p "
            "tokens:\n"
            "  coefficient of component i of x and j of y = (B A B^T)[i, j], drawn i across, j down\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p, k = 1 .. floor(p/2).\n"
            "  E_k = sum of the squares at rows and columns {0, 2k-1, 2k} ({0, p-1} for k = p/2)\n"
            "without the constant, which is 0 here."
        ),
        reading=(
            "At epoch 0 all is noise: many small coefficients of both signs. After grokking a tuned neuron has a "
            "handful at one k: on the top and left edges the waves in x alone and in y alone, on the diagonal the 2 "
            "x 2 square of their products, and one bar stands out. Neurons of the rest have the same key "
            "frequencies, less purely. The colours follow this neuron's own largest coefficient, so compare the "
            "scales before you compare colours. Where the map is scaled down each cell shows its largest coefficient."
        ),
    ),
    keys=(*NEURON_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw_spectrum,
    table=spectrum_table,
    comparing=by_numbers("spectrum", "energy"),
)
