"""What one neuron adds to each logit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.facts import flow, neuron_facts
from grok_tui.views.numbers import Scaled
from grok_tui.views.token_lines import TokenLine, by_lines, draw_token_lines, token_line_table, token_lines
from grok_tui.views.token_maps import unwrapping_frequency
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer import NeuronFacts
    from grok_tui.selection import Selection


@dataclass(frozen=True, eq=False)
class LogitWeights(Scaled):
    epoch: int
    facts: NeuronFacts
    lines: tuple[TokenLine, ...]  # one, over the answers z
    unwrapped_by: int | None  # the neuron's own frequency


def query(explorer: Explorer, selection: Selection) -> LogitWeights:
    from engine.circuits import tuning_of_lines

    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    over_answers = explorer.folded(selection.epoch).W_logit[selection.neuron, :, None]
    lines = token_lines(["W_logit"], over_answers.double().cpu().numpy(), tuning_of_lines(over_answers))
    return LogitWeights(
        selection.epoch, facts, lines, unwrapping_frequency(selection, facts.frequency, explorer.run.config.p)
    )


def title(answer: LogitWeights) -> str:
    return f"neuron {answer.facts.neuron} · weights to the logits · epoch {answer.epoch:,}"


def draw(answer: LogitWeights, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    body = draw_token_lines(
        answer.lines,
        width,
        max(height - head.height, 1),
        palette,
        unwrapped_by=answer.unwrapped_by,
        y_label="weight to logit z",
        token="z",
        limits=answer.limits("lines"),
    )
    return fit(above(head, body), width, height)


def table(answer: LogitWeights) -> Table:
    return token_line_table(answer.lines, "z")


VIEW = View(
    name="logit-weights",
    about=(
        "The neuron's row of W_logit = W_out W_U over the answers z: when the neuron fires with activation 1, this is "
        "added to the logit of z. The legend names the row's strongest frequency and its share of all frequencies "
        "(cos k and sin k squared). After grokking a neuron writes the frequency that it reads: the row is a wave of "
        "its own frequency, and unwrapped order, z sorted by k × z mod p, turns it into a single cycle."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("lines"),
)
