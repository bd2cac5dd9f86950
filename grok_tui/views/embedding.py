"""Two neighbouring dimensions of the embedding over the input tokens."""

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
class Embedding(Scaled):
    epoch: int
    dimensions: tuple[TokenLine, ...]  # the selected one, and the next where there is one
    unwrapped_by: int | None  # the selected dimension's strongest frequency


def query(explorer: Explorer, selection: Selection) -> Embedding:
    from engine.circuits import tuning_of_lines

    config, dimension = explorer.run.config, selection.dimension
    explorer.check("dimensions", dimension, config.d_model)
    over_tokens = explorer.weights(selection.epoch).W_E[: config.p, dimension : dimension + 2]
    names = [f"dimension {dimension + index}" for index in range(over_tokens.shape[1])]
    lines = token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens))
    return Embedding(selection.epoch, lines, unwrapping_frequency(selection, lines[0].frequency, config.p))


def title(answer: Embedding) -> str:
    names = [line.name.removeprefix("dimension ") for line in answer.dimensions]
    return f"embedding dimension{'s' * (len(names) > 1)} {' and '.join(names)} · epoch {answer.epoch:,}"


def draw(answer: Embedding, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_lines(
        answer.dimensions,
        width,
        height,
        palette,
        unwrapped_by=answer.unwrapped_by,
        y_label="W_E",
        chosen=0,
        limits=answer.limits("dimensions"),
    )


def table(answer: Embedding) -> Table:
    return token_line_table(answer.dimensions)


VIEW = View(
    name="embedding",
    about=(
        "Columns of W_E: the value of the selected dimension of the embedding, and of the next, for each input token "
        "0 to p-1. Each is named with its strongest frequency and that one's share of all frequencies (cos k and "
        "sin k squared). At first the values are noise; after grokking each dimension is a sum of a few waves of key "
        "frequencies. Unwrapped order sorts the tokens by k × token mod p with k the selected dimension's strongest "
        "frequency."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("dimensions"),
)
