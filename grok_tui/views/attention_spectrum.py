"""One head's attention to x in the 2-D Fourier basis, and its energy by frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.views.shared.comparison_scales import by_numbers
from grok_tui.views.shared.spectrum_maps import GridSpectrum, draw_spectrum, spectrum_table
from grok_tui.views.view import HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class AttentionSpectrumAnswer(GridSpectrum):
    head: int
    frequency: int | None


def query(explorer: Explorer, selection: Selection) -> AttentionSpectrumAnswer:
    from engine.metrics.circuits import attention_map

    explorer.check.head(selection.head)
    head_map = attention_map(explorer.network(selection.epoch), selection.head)
    return AttentionSpectrumAnswer(
        selection.epoch,
        explorer.keys(selection.reference_epoch),
        head_map.spectrum.cpu().numpy(),
        head_map.energy.cpu().numpy(),
        selection.head,
        head_map.frequency,
    )


def title(answer: AttentionSpectrumAnswer) -> str:
    tuned = "" if answer.frequency is None else f" · freq {answer.frequency}"
    return f"head {answer.head} · 2-D Fourier spectrum of attention to x{tuned} · epoch {answer.epoch:,}"


VIEW = View(
    name="attention-spectrum",
    about=About(
        shows=(
            "One head's attention to x in the 2-D Fourier basis. The map: components of x across, of y down, "
            "component 0 at the top left; blue is negative, orange positive. The bars: the energy E_k of each "
            "frequency, key frequencies highlighted."
        ),
        definition=(
            "With A[x, y] the head's attention from the position that is read to that of x, minus its mean, and B "
            "the orthonormal real Fourier basis over the p tokens:\n"
            "  coefficient of component i of x and j of y = (B A B^T)[i, j], drawn i across, j down\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p.\n"
            "  E_k = sum of the squares at rows and columns {0, 2k-1, 2k} ({0, p-1} for k = p/2)\n"
            "without the constant, which is 0 here."
        ),
        reading=(
            "At epoch 0 it is noise, and very little of it: see the scale. After grokking a head has one or two key "
            "frequencies, mostly along the top and left edges: cos and sin of x alone and of y alone. Opposite signs "
            "in x and in y are the rule, since more attention to x is less to y. Where the map is scaled down each "
            "cell shows its largest coefficient."
        ),
    ),
    needs=("attention",),
    keys=(*HEAD_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw_spectrum,
    table=spectrum_table,
    comparing=by_numbers("spectrum", "energy"),
)
