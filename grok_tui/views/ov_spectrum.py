"""What each head would write into one neuron, by Fourier component of the input token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.component_bars import component_table, draw_component_bars
from grok_tui.views.shared.fact_line import flow, neuron_facts
from grok_tui.views.view import HEAD_KEYS, NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class OvSpectrumAnswer(Scaled):
    epoch: int
    head: int  # the selected head
    keys: tuple[int, ...]
    facts: NeuronFacts
    coefficients: NDArray[np.float64]  # [head, component]


def query(explorer: Explorer, selection: Selection) -> OvSpectrumAnswer:
    from engine.metrics.circuits import ov_circuit
    from engine.networks.fourier import dft1

    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    circuit = ov_circuit(*explorer.one_layer(selection.epoch), selection.neuron)
    return OvSpectrumAnswer(
        selection.epoch,
        selection.head,
        explorer.keys(selection.reference_epoch),
        facts,
        dft1(circuit.double().T).T.cpu().numpy(),
    )


def title(answer: OvSpectrumAnswer) -> str:
    return f"neuron {answer.facts.neuron} · Fourier transform of the OV circuit · epoch {answer.epoch:,}"


def draw(answer: OvSpectrumAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    names = [f"head {index}" for index in range(len(answer.coefficients))]
    names[0] += " · coefficient"
    room = max(height - head.height, 1)
    limits = answer.limits("coefficients")
    body = draw_component_bars(
        names, answer.coefficients, answer.keys, width, room, palette, chosen=answer.head, limits=limits
    )
    return fit(above(head, body), width, height)


def table(answer: OvSpectrumAnswer) -> Table:
    return component_table([f"head_{head}" for head in range(len(answer.coefficients))], answer.coefficients)


VIEW = View(
    name="ov-spectrum",
    about=About(
        shows=(
            "What each head would write into one neuron, by Fourier component of the token. One panel per head: "
            "component 0 to p-1 across, the coefficient with its sign up, all on one scale; the components of the "
            "key frequencies are highlighted. A small pane shows the selected head alone."
        ),
        definition=(
            "With W_neur = W_E W_V W_O W_in (see `ov`), one neuron's column per head, and B the orthonormal real "
            "Fourier basis over the input token:\n"
            "  bar i = (B W_neur)_i\n"
            "Component 0 is the constant, 2k-1 is cos w_k, 2k is sin w_k, w_k = 2 pi k / p. These are coefficients, "
            "not squared, as in the study."
        ),
        reading=(
            "At epoch 0 all components are alike and small. After grokking a tuned neuron has two bars, cos and sin "
            "of its own frequency, in every head that matters; their ratio is the phase. A constant bar (component "
            "0) is a shift that is the same for all tokens. Where there are more components than columns, a column "
            "shows its largest. In a neuron of the rest heads may contribute different key frequencies."
        ),
    ),
    needs=("token tables",),
    keys=(*NEURON_KEYS, *HEAD_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("coefficients"),
)
