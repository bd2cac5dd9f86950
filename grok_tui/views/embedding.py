"""Two neighbouring dimensions of the embedding over the input tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_lines import TokenLine, by_lines, draw_token_lines, token_line_table, token_lines
from grok_tui.views.view import DIMENSION_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class EmbeddingAnswer(Scaled):
    epoch: int
    dimensions: tuple[TokenLine, ...]  # the selected one, and the next one if it exists
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> EmbeddingAnswer:
    from engine.metrics.circuits import tuning_of_lines

    dimension = selection.dimension
    explorer.check.dimension(dimension)
    over_tokens = explorer.embedding(selection.epoch)[:, dimension : dimension + 2]
    names = [f"dimension {dimension + index}" for index in range(over_tokens.shape[1])]
    lines = token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens))
    return EmbeddingAnswer(selection.epoch, lines, TokenAxis.of(explorer, selection, lines[0].frequency))


def title(answer: EmbeddingAnswer) -> str:
    names = [line.name.removeprefix("dimension ") for line in answer.dimensions]
    return f"embedding dimension{'s' * (len(names) > 1)} {' and '.join(names)} · epoch {answer.epoch:,}"


def draw(answer: EmbeddingAnswer, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_lines(
        answer.dimensions,
        answer.axis,
        width,
        height,
        palette,
        y_label="W_E",
        chosen=0,
        limits=answer.limits("dimensions"),
    )


def table(answer: EmbeddingAnswer) -> Table:
    return token_line_table(answer.dimensions, answer.axis)


VIEW = View(
    name="embedding",
    about=About(
        shows=(
            "Two neighbouring dimensions of the embedding as functions of the input token. Tokens 0 to p-1 across, "
            "the entry of W_E up, both on one scale. The legend has the strongest frequency of each and its share. A "
            "small pane shows the selected dimension alone in natural order."
        ),
        definition=(
            "Column d of W_E, and column d + 1, rows 0 to p-1 (without `=`). With a_i the coefficients of a column "
            "in the orthonormal Fourier basis over the tokens (2k-1: cos w_k, 2k: sin w_k):\n"
            "  E_k = a_(2k-1)^2 + a_(2k)^2\n"
            "  frequency = argmax E_k, share = max E_k / sum of E_k\n"
            "Unwrapped order ({map.unwrap}) sorts the tokens by k × token mod p, k the selected dimension's "
            "strongest frequency."
        ),
        reading=(
            "At epoch 0 the values are noise and the share is a few percent. After grokking each dimension is a sum "
            "of a few waves of key frequencies, and the strongest has a third to three quarters of the energy. (The "
            "study says one wave per dimension; `embedding-spectrum` shows how many there are.) In natural order the "
            "waves look rugged, as they are nearly as fine as the tokens; {map.unwrap} makes the strongest one a "
            "single smooth cycle, with the others superimposed."
        ),
    ),
    needs=("W_E",),
    keys=(*DIMENSION_KEYS, "map.unwrap", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("dimensions"),
)
