"""One head's attention to x over all pairs (x, y)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_maps import draw_token_map, token_map_table
from grok_tui.views.view import HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class AttentionMapAnswer(Scaled):
    epoch: int
    head: int
    attention: NDArray[np.float64]  # [x, y], by index in the token order
    frequency: int | None
    share: float | None
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> AttentionMapAnswer:
    from engine.metrics.circuits import attention_map

    explorer.check.head(selection.head)
    head_map = attention_map(explorer.network(selection.epoch), selection.head)
    return AttentionMapAnswer(
        selection.epoch,
        selection.head,
        head_map.grid.cpu().numpy(),
        head_map.frequency,
        head_map.share,
        TokenAxis.of(explorer, selection, head_map.frequency),
    )


def title(answer: AttentionMapAnswer) -> str:
    return f"head {answer.head} · attention to x, over x, y · epoch {answer.epoch:,}"


def draw(answer: AttentionMapAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette)
    body = draw_token_map(
        answer.attention,
        answer.axis,
        width,
        max(height - head.height, 1),
        palette,
        frequency=answer.frequency,
        scale=Scale(0.0, 1.0, False) if answer.minus is None else answer.scale("attention"),
        unit="attention to x",
    )
    return fit(above(head, body), width, height)


def _facts(answer: AttentionMapAnswer) -> list[str]:
    grid = answer.attention
    if answer.minus is not None:
        frequencies = " against ".join(str(side.frequency or "none") for side in (answer, answer.minus))
        return [f"freq {frequencies}", f"range {grid.min():+.3f} to {grid.max():+.3f}"]
    tuned = "the same for all inputs: no frequency" if answer.frequency is None else f"freq {answer.frequency}"
    share = [] if answer.share is None else [f"share {answer.share:.3f}"]
    return [tuned, *share, f"mean {grid.mean():.3f}", f"range {grid.min():.3f}–{grid.max():.3f}"]


def table(answer: AttentionMapAnswer) -> Table:
    return token_map_table(answer.attention, answer.axis)


VIEW = View(
    name="attention-map",
    about=About(
        shows=(
            "One head's attention to x over all inputs. x across, y down, the colour from 0 to 1 on a fixed scale. "
            "The rest of the attention goes to y, apart from the little that goes to `=`, if there is one. The "
            "line above has the "
            "map's frequency, share, mean and range."
        ),
        definition=(
            "The attention, after softmax, from the position that is read, usually the last, to that of x, for each "
            "(x, y). Frequency and share are defined as for a neuron: with E_k the energy of block k of the "
            "centred map in the 2-D "
            "Fourier basis,\n"
            "  frequency = argmax E_k\n"
            "  share = max E_k / sum of E_k\n"
            "Unwrapped order ({map.unwrap}) sorts both axes by k × token mod p, k this map's frequency: its wave "
            "becomes a single cycle."
        ),
        reading=(
            "At epoch 0 the map is flat at one third. After memorising it has hard edges: a head attends to x or to "
            "y, token by token. After grokking it is a smooth wave of one or two key frequencies: an increasing "
            "function of a wave in x minus the same wave in y, so bright where x scores high and y low (see `qk`). "
            "On fewer columns than tokens the natural order is aliased: press {map.unwrap}. The share is the part of "
            "the map at its one frequency; other frequencies, usually other key frequencies, remain as a fine "
            "texture even in unwrapped order."
        ),
    ),
    needs=("attention",),
    keys=(*HEAD_KEYS, "map.unwrap", "map.window", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("attention"),
)
