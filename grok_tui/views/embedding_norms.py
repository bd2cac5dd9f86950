"""The squared norm of each Fourier component of the embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.component_bars import component_table, draw_component_bars, strongest
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class EmbeddingNormsAnswer(Scaled):
    epoch: int
    keys: tuple[int, ...]
    norms: NDArray[np.float64]  # [component]: squared norms
    share_of_keys: float | None  # of all but the constant; None without key frequencies, or if all else is zero


def query(explorer: Explorer, selection: Selection) -> EmbeddingNormsAnswer:
    from engine.metrics.norms import embedding_norms, share_of_frequencies

    keys = explorer.keys(selection.reference_epoch)
    norms = embedding_norms(explorer.embedding(selection.epoch)).double().cpu()
    share = share_of_frequencies(norms, keys) if keys else None
    return EmbeddingNormsAnswer(selection.epoch, keys, norms.numpy(), share)


def title(answer: EmbeddingNormsAnswer) -> str:
    return f"embedding · norm of each Fourier component · epoch {answer.epoch:,}"


def draw(answer: EmbeddingNormsAnswer, width: int, height: int, palette: Palette) -> Drawing:
    share = [] if answer.share_of_keys is None or answer.minus else [f"key frequencies hold {answer.share_of_keys:.1%}"]
    facts = flow([*share, f"most in {', '.join(strongest(answer.norms, 4))}"], width, palette, most=1)
    room = max(height - facts.height, 1)
    limits = answer.limits("norms")
    body = draw_component_bars(["squared norm"], answer.norms[None], answer.keys, width, room, palette, limits=limits)
    return fit(above(facts, body), width, height)


def table(answer: EmbeddingNormsAnswer) -> Table:
    return component_table(["squared_norm"], answer.norms[None])


VIEW = View(
    name="embedding-norms",
    about=About(
        shows=(
            "How much of the embedding lies in each Fourier component. Component 0 to p-1 across, the squared norm up; "
            "those of the key frequencies are highlighted. The line above has the share of the key frequencies in all "
            "but the constant, and the names of the largest components."
        ),
        definition=(
            "With B the orthonormal real Fourier basis over the tokens and W_E without its row for `=`:\n"
            "  bar i = ||(B W_E)_i||^2, the sum over the d_model dimensions of the squared coefficients\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p. The study's figure shows "
            "the same."
        ),
        reading=(
            "At epoch 0 all components are alike, and the key frequencies hold no more than their even share. Before "
            "grokking they stand out a little; after it they hold nearly everything, cos and sin of each about the "
            "same. The remainder is not only noise: the bundled run has a weak frequency 31, which is 2 × 41 mod 113 "
            "counted from the other end (113 - 82). The highlight follows the reference epoch ({epoch.reference}), not "
            "the epoch shown."
        ),
    ),
    needs=("W_E",),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("norms"),
)
