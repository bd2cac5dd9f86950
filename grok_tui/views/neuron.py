"""One neuron's activation over all pairs (x, y)."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Style, above, fit
from grok_tui.render.heatmap import heatmap, layout
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.facts import flow, neuron_facts
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer import NeuronFacts
    from grok_tui.selection import Selection


@dataclass(frozen=True, eq=False)
class Neuron:
    epoch: int
    facts: NeuronFacts
    post: NDArray[np.float64]  # [x, y], tokens in natural order
    unwrapped_by: int | None  # the frequency whose order the map's tokens follow; None: natural order


def query(explorer: Explorer, selection: Selection) -> Neuron:
    found = explorer.neuron_activation(selection.epoch, selection.neuron, selection.reference_epoch)
    k, p = found.facts.frequency, explorer.run.config.p
    unwrap = selection.order == "unwrapped" and k is not None and gcd(k, p) == 1
    return Neuron(selection.epoch, found.facts, found.post, k if unwrap else None)


def title(answer: Neuron) -> str:
    return f"neuron {answer.facts.neuron} · activation over x, y · epoch {answer.epoch:,}"


def token_order(p: int, k: int) -> NDArray[np.int64]:
    """Tokens ordered by k x mod p: a wave of frequency k becomes one cycle. Needs k prime to p."""
    return np.arange(p) * pow(k, -1, p) % p


def draw(answer: Neuron, width: int, height: int, palette: Palette) -> Drawing:
    grid, k = answer.post, answer.unwrapped_by
    if k is not None:
        tokens = token_order(len(grid), k)
        grid = grid[np.ix_(tokens, tokens)]
    head = flow(neuron_facts(answer.facts), width, palette)
    room = max(height - head.height - 1, 1)
    axis = "" if k is None else " in unwrapped order"
    body = heatmap(grid.T, width, room, palette, x_label=f"x{axis}", y_label="y")
    note = Drawing.of_lines([_order_note(answer, width, room, palette)], width, Style(fg=palette.muted))
    return fit(above(head, body, note), width, height)


def _order_note(answer: Neuron, width: int, height: int, palette: Palette) -> str:
    """Says which order is shown, and where the natural one is too fine for the screen."""
    p, k = len(answer.post), answer.facts.frequency
    if answer.unwrapped_by is not None:
        return f"unwrapped: tokens in order of {k} × token mod {p}"
    columns = layout((p, p), width, height, palette, x_label="x", y_label="y").columns
    if k is None or columns >= p:
        return "natural order"
    sentence = f"aliased: {p} tokens in {columns} columns; u unwraps"
    return next(
        (words for words in (f"natural order, {sentence}", sentence) if len(words) <= width), "aliased; u unwraps"
    )


def table(answer: Neuron) -> Table:
    p = len(answer.post)
    values = answer.post.tolist()
    rows = tuple((x, y, values[x][y]) for x in range(p) for y in range(p))
    return Table((Column("x"), Column("y"), Column("value", format=".4g")), rows)


VIEW = View(
    name="neuron",
    about=(
        "The activation of one neuron, after the nonlinearity, at the last position, over all p^2 inputs (x, y). "
        "Natural order shows the tokens as they are; unwrapped order sorts both axes by k × token mod p with k the "
        "neuron's own frequency, which turns a wave of frequency k into a single cycle."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
