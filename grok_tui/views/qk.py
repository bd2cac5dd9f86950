"""The score that each head gives to each token, as the last position sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.numbers import Scaled
from grok_tui.views.token_lines import TokenLine, by_lines, draw_token_lines, token_line_table, token_lines
from grok_tui.views.token_maps import unwrapping_frequency
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection


@dataclass(frozen=True, eq=False)
class Qk(Scaled):
    epoch: int
    head: int  # the selected one
    heads: tuple[TokenLine, ...]
    unwrapped_by: int | None  # the selected head's strongest frequency


def query(explorer: Explorer, selection: Selection) -> Qk:
    from engine.circuits import qk_circuit, tuning_of_lines

    config = explorer.run.config
    explorer.check("heads", selection.head, config.n_heads)
    over_tokens = qk_circuit(explorer.weights(selection.epoch), config).T
    names = [f"head {head}" for head in range(config.n_heads)]
    heads = token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens))
    own = heads[selection.head].frequency
    return Qk(selection.epoch, selection.head, heads, unwrapping_frequency(selection, own, config.p))


def title(answer: Qk) -> str:
    return f"QK circuit · {answer.heads[answer.head].described} · epoch {answer.epoch:,}"


def draw(answer: Qk, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_lines(
        answer.heads,
        width,
        height,
        palette,
        unwrapped_by=answer.unwrapped_by,
        y_label="attention score",
        chosen=answer.head,
        limits=answer.limits("heads"),
    )


def table(answer: Qk) -> Table:
    return token_line_table(answer.heads)


VIEW = View(
    name="qk",
    about=(
        "The study's W_attn, (W_E[=] + W_pos[last]) W_Q W_K^T W_E^T / sqrt(d_head): the score, before softmax, that "
        "each head gives to a token seen from the last position, without the key's position and without biases. A "
        "head looks at whichever of x and y scores higher. Each head is named with its strongest frequency and that "
        "one's share of all frequencies (cos k and sin k squared). Unwrapped order sorts the tokens by k × token "
        "mod p with k the selected head's frequency. A prompt that ends in x or y has no such table."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("heads"),
)
