"""What each head would write into one neuron for each input token."""

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
class Ov(Scaled):
    epoch: int
    head: int  # the selected one
    facts: NeuronFacts
    heads: tuple[TokenLine, ...]
    unwrapped_by: int | None


def query(explorer: Explorer, selection: Selection) -> Ov:
    from engine.circuits import ov_circuit, tuning_of_lines

    config = explorer.run.config
    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    over_tokens = ov_circuit(explorer.weights(selection.epoch), config, selection.neuron).T
    names = [f"head {head}" for head in range(config.n_heads)]
    return Ov(
        selection.epoch,
        selection.head,
        facts,
        token_lines(names, over_tokens.double().cpu().numpy(), tuning_of_lines(over_tokens)),
        unwrapping_frequency(selection, facts.frequency, config.p),
    )


def title(answer: Ov) -> str:
    return f"neuron {answer.facts.neuron} · OV circuit of each head · epoch {answer.epoch:,}"


def draw(answer: Ov, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    body = draw_token_lines(
        answer.heads,
        width,
        max(height - head.height, 1),
        palette,
        unwrapped_by=answer.unwrapped_by,
        y_label="contribution to neuron",
        chosen=answer.head,
        limits=answer.limits("heads"),
    )
    return fit(above(head, body), width, height)


def table(answer: Ov) -> Table:
    return token_line_table(answer.heads)


VIEW = View(
    name="ov",
    about=(
        "The study's W_neur of one neuron, W_E W_V W_O W_in: what each head would add to the neuron's input if it "
        "looked at that token alone, without attention weights, positions and biases. Each head is named with its "
        "strongest frequency and that one's share of all frequencies (cos k and sin k squared). After grokking a "
        "neuron hears one frequency, its own, from every head. Unwrapped order sorts the tokens by k × token mod p "
        "with k the neuron's frequency, which turns that wave into a single cycle."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_lines("heads"),
)
