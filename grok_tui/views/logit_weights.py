"""The weights from one neuron to the logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled
from grok_tui.views.shared.fact_line import flow, neuron_facts
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_lines import TokenLine, by_lines, draw_token_lines, token_line_table, token_lines
from grok_tui.views.view import NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class LogitWeightsAnswer(Scaled):
    epoch: int
    facts: NeuronFacts
    lines: tuple[TokenLine, ...]  # a single line, over the answers z
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> LogitWeightsAnswer:
    from engine.metrics.circuits import tuning_of_lines

    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    over_answers = explorer.network(selection.epoch).W_logit[selection.neuron, :, None]
    lines = token_lines(["W_logit"], over_answers.double().cpu().numpy(), tuning_of_lines(over_answers))
    return LogitWeightsAnswer(selection.epoch, facts, lines, TokenAxis.of(explorer, selection, facts.frequency))


def title(answer: LogitWeightsAnswer) -> str:
    return f"neuron {answer.facts.neuron} · weights to the logits · epoch {answer.epoch:,}"


def draw(answer: LogitWeightsAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    body = draw_token_lines(
        answer.lines,
        answer.axis,
        width,
        max(height - head.height, 1),
        palette,
        y_label="weight to logit z",
        token="z",
        limits=answer.limits("lines"),
    )
    return fit(above(head, body), width, height)


def table(answer: LogitWeightsAnswer) -> Table:
    return token_line_table(answer.lines, answer.axis, "z")


VIEW = View(
    name="logit-weights",
    about=About(
        shows=(
            "What one neuron adds to each logit. Answers z across, the weight from the neuron to the logit of z up. "
            "The label names the strongest frequency of the line and its share; the line above has those of the neuron."
        ),
        definition=(
            "The neuron's row, over z = 0 to p-1, of:\n"
            "  W_logit = W_out W_U\n"
            "With activation 1 the neuron adds this to the logits. With E_k the energy of cos w_k z and sin w_k z "
            "together in the row:\n"
            "  frequency = argmax E_k, share = max E_k / sum of E_k\n"
            "Unwrapped order ({map.unwrap}) sorts z by k × z mod p, k the neuron's own frequency (of its activation, "
            "not of the row)."
        ),
        reading=(
            "At epoch 0 it is noise, with a share of a few percent. After grokking a neuron writes the frequency that "
            "it reads: the row is nearly a pure wave of the neuron's frequency, and {map.unwrap} makes it one smooth "
            "cycle. `neuron-phases` shows that its phase fits too. The row and the neuron often have the same "
            "frequency before the neuron is tuned: the readout learns first."
        ),
    ),
    needs=("W_logit",),
    keys=(*NEURON_KEYS, "map.unwrap", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("lines"),
)
