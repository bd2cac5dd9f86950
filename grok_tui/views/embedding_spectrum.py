"""Two neighbouring dimensions of the embedding, by Fourier component of the input token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.component_bars import component_table, draw_component_bars, strongest
from grok_tui.views.view import DIMENSION_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class EmbeddingSpectrumAnswer(Scaled):
    epoch: int
    dimension: int  # the first one; the next one follows if it exists
    keys: tuple[int, ...]
    energy: NDArray[np.float64]  # [dimension, component]: squared coefficients


def query(explorer: Explorer, selection: Selection) -> EmbeddingSpectrumAnswer:
    from engine.networks.fourier import dft1

    dimension = selection.dimension
    explorer.check.dimension(dimension)
    over_tokens = explorer.embedding(selection.epoch)[:, dimension : dimension + 2]
    return EmbeddingSpectrumAnswer(
        selection.epoch,
        dimension,
        explorer.keys(selection.reference_epoch),
        dft1(over_tokens.double()).square().T.cpu().numpy(),
    )


def title(answer: EmbeddingSpectrumAnswer) -> str:
    names = [str(answer.dimension + index) for index in range(len(answer.energy))]
    dimensions = f"dimension{'s' * (len(names) > 1)} {' and '.join(names)}"
    return f"embedding {dimensions} · Fourier transform squared · epoch {answer.epoch:,}"


def draw(answer: EmbeddingSpectrumAnswer, width: int, height: int, palette: Palette) -> Drawing:
    names = []
    for index, energy in enumerate(answer.energy):
        short = f"dimension {answer.dimension + index}, squared"
        long = f"{short} · most in {', '.join(strongest(energy, 5))}"
        names.append(long if len(long) <= width else short)
    return draw_component_bars(
        names, answer.energy, answer.keys, width, height, palette, limits=answer.limits("energy")
    )


def table(answer: EmbeddingSpectrumAnswer) -> Table:
    names = [f"dimension_{answer.dimension + index}" for index in range(len(answer.energy))]
    return component_table(names, answer.energy)


VIEW = View(
    name="embedding-spectrum",
    about=About(
        shows=(
            "Two neighbouring dimensions of the embedding, by Fourier component. One panel per dimension: component "
            "0 to p-1 across, the squared coefficient up, both on one scale; the components of the key frequencies "
            "are highlighted (and marked on the axis). The label names the strongest components."
        ),
        definition=(
            "With w the column of W_E over the tokens 0 to p-1 and B the orthonormal real Fourier basis:\n"
            "  bar i = (B w)_i^2\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p. The bars add up to the "
            "sum of the squares of the column's entries."
        ),
        reading=(
            "At epoch 0 the bars are spread over all components. Before grokking highlighted bars grow among many "
            "others; after it few others are left. Cos and sin of one frequency side by side are one wave of some "
            "phase, not two. Where there are more components than columns, a column shows its largest. For all "
            "dimensions at once see `embedding-norms`."
        ),
    ),
    needs=("W_E",),
    keys=(*DIMENSION_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("energy"),
)
