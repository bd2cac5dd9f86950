"""The score that each head gives to each token, from the last position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_lines import TokenLine, by_lines, draw_token_lines, token_line_table, token_lines
from grok_tui.views.view import HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class QkAnswer(Scaled):
    epoch: int
    head: int  # the selected head
    heads: tuple[TokenLine, ...]
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> QkAnswer:
    from engine.metrics.circuits import qk_circuit, tuning_of_lines

    weights, config = explorer.one_layer(selection.epoch)
    explorer.check.head(selection.head)
    over_tokens = qk_circuit(weights, config).T
    names = [f"head {head}" for head in range(config.n_heads)]
    heads = token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens))
    frequency = heads[selection.head].frequency
    return QkAnswer(selection.epoch, selection.head, heads, TokenAxis.of(explorer, selection, frequency))


def title(answer: QkAnswer) -> str:
    return f"QK circuit · {answer.heads[answer.head].described} · epoch {answer.epoch:,}"


def draw(answer: QkAnswer, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_lines(
        answer.heads,
        answer.axis,
        width,
        height,
        palette,
        y_label="attention score",
        chosen=answer.head,
        limits=answer.limits("heads"),
    )


def table(answer: QkAnswer) -> Table:
    return token_line_table(answer.heads, answer.axis)


VIEW = View(
    name="qk",
    about=About(
        shows=(
            "The score that each head gives to each token, from the last position. Tokens across, the score before "
            "softmax up, all heads on one scale. The legend has the strongest frequency of each head and its share; "
            "the selected head is in the title. A small pane shows the selected head alone in natural order."
        ),
        definition=(
            "The study's W_attn, head by head:\n"
            "  W_attn = (W_E[=] + W_pos[last]) W_Q W_K^T W_E^T / sqrt(d_head)\n"
            "without the key's position and without biases. Frequency and share: with E_k the energy of cos w_k and "
            "sin w_k together, argmax E_k and max E_k / sum of E_k. Unwrapped order ({map.unwrap}) sorts the tokens "
            "by k × token mod p, k the selected head's frequency. A prompt that ends in x or y has no such table."
        ),
        reading=(
            "A head attends to whichever of x and y scores higher: with two positions the softmax is a steep step of "
            "score(x) - score(y), and scores 2 apart give 88% to 12%. At epoch 0 scores are nearly 0. After "
            "memorising they are large and without order. After grokking they are waves of key frequencies, often "
            "mainly one per head, of a few units. A constant added to all scores changes nothing between x and y. "
            "See `attention-map` for the resulting attention."
        ),
    ),
    needs=("token tables",),
    keys=(*HEAD_KEYS, "map.unwrap", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("heads"),
)
