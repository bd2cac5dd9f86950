"""What each head would write into one neuron for each input token."""

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
from grok_tui.views.view import HEAD_KEYS, NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class OvAnswer(Scaled):
    epoch: int
    head: int  # the selected head
    facts: NeuronFacts
    heads: tuple[TokenLine, ...]
    axis: TokenAxis


def query(explorer: Explorer, selection: Selection) -> OvAnswer:
    from engine.metrics.circuits import ov_circuit, tuning_of_lines

    weights, config = explorer.one_layer(selection.epoch)
    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    over_tokens = ov_circuit(weights, config, selection.neuron).T
    names = [f"head {head}" for head in range(config.n_heads)]
    return OvAnswer(
        selection.epoch,
        selection.head,
        facts,
        token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens)),
        TokenAxis.of(explorer, selection, facts.frequency),
    )


def title(answer: OvAnswer) -> str:
    return f"neuron {answer.facts.neuron} · OV circuit of each head · epoch {answer.epoch:,}"


def draw(answer: OvAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    body = draw_token_lines(
        answer.heads,
        answer.axis,
        width,
        max(height - head.height, 1),
        palette,
        y_label="contribution to neuron",
        chosen=answer.head,
        limits=answer.limits("heads"),
    )
    return fit(above(head, body), width, height)


def table(answer: OvAnswer) -> Table:
    return token_line_table(answer.heads, answer.axis)


VIEW = View(
    name="ov",
    about=About(
        shows=(
            "What each head would write into one neuron, for each input token. Tokens across, the contribution to "
            "the neuron's input up, all heads on one scale. The legend has the strongest frequency of each head and "
            "its share; the line above has the neuron's own. A small pane shows the selected head alone in natural "
            "order."
        ),
        definition=(
            "One column, the neuron's, of the study's W_neur, head by head:\n"
            "  W_neur = W_E W_V W_O W_in\n"
            "what the head would add if it attended to that token alone: no attention weights, no positions, no "
            "biases. With E_k the energy of cos w_k and sin w_k together over the tokens: frequency = argmax E_k, "
            "share = max E_k / sum of E_k. Unwrapped order ({map.unwrap}) sorts the tokens by k × token mod p, k the "
            "neuron's frequency."
        ),
        reading=(
            "At epoch 0 it is small noise; after memorising large noise: the tokens have no order yet. After "
            "grokking a tuned neuron receives its own frequency from every head that matters; heads with small waves "
            "matter little, so look at the height before the share. In natural order fine waves look rugged; "
            "{map.unwrap} makes them one cycle, and shows whether the heads' waves are in phase or in opposition."
        ),
    ),
    needs=("token tables",),
    keys=(*NEURON_KEYS, *HEAD_KEYS, "map.unwrap", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("heads"),
)
