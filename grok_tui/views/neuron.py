"""One neuron over all pairs (x, y), before and after the nonlinearity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit, named_areas
from grok_tui.render.maps.scale import Scale, side_legend_width
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.table import Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.fact_line import flow, neuron_facts
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_maps import draw_token_map, token_map_resolution, token_map_table
from grok_tui.views.view import NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from grok_tui.session.choices import Activation
    from grok_tui.session.selection import Selection


# In narrower panes two maps would both be too coarse: by default only the activation is drawn.
_TWO_MAPS_WIDTH = 88
_Part = Literal["pre", "post"]
_TEXTS: dict[_Part, str] = {"pre": "pre: before the nonlinearity", "post": "post: after it"}


@dataclass(frozen=True, eq=False)
class NeuronAnswer(Scaled):
    epoch: int
    facts: NeuronFacts
    pre: NDArray[np.float64]  # [x, y], by index in the token order
    post: NDArray[np.float64]  # [x, y], by index in the token order
    axis: TokenAxis
    activation: Activation | None = None  # None: post, and pre where there is room

    def shown_scale(self, part: _Part) -> Scale:
        """The colour scale of a map."""
        return self.scale(part) or Scale.of(self.pre if part == "pre" else self.post)


def query(explorer: Explorer, selection: Selection) -> NeuronAnswer:
    activation = explorer.neuron_activation(selection.epoch, selection.neuron, selection.reference_epoch)
    axis = TokenAxis.of(explorer, selection, activation.facts.frequency)
    return NeuronAnswer(selection.epoch, activation.facts, activation.pre, activation.post, axis, selection.activation)


def title(answer: NeuronAnswer) -> str:
    what = "pre-activation" if answer.activation == "pre" else "activation"
    return f"neuron {answer.facts.neuron} · {what} over x, y · epoch {answer.epoch:,}"


def draw(answer: NeuronAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette)
    room = max(height - head.height, 1)
    if answer.activation is None and width < _TWO_MAPS_WIDTH:
        return fit(above(head, _map(answer, "post", width, room, palette)), width, height)
    if answer.activation in ("pre", "post"):
        return fit(above(head, _labelled(answer, answer.activation, width, room, palette)), width, height)
    sizes = ((width - 2) // 2, room), (width, room // 2)  # of each map with its label: side by side, stacked
    fineness = [_resolution(answer, *size, palette) for size in sizes]
    stacked = fineness[1] > fineness[0]
    columns, rows = sizes[stacked]
    legends = {part: side_legend_width(answer.shown_scale(part)) for part in _TEXTS}
    # Both maps have the same size, so that a column of one is the same tokens in the other.
    maps = [
        fit(_labelled(answer, part, columns - max(legends.values()) + legends[part], rows, palette), columns, rows)
        for part in _TEXTS
    ]
    return fit(above(head, above(*maps) if stacked else beside(*maps, gap=2)), width, height)


def _resolution(answer: NeuronAnswer, width: int, height: int, palette: Palette) -> tuple[int, int]:
    return token_map_resolution(answer.post, answer.axis, width, height - 1, palette, answer.scale("post"))


def _labelled(answer: NeuronAnswer, name: _Part, width: int, height: int, palette: Palette) -> Drawing:
    label = Drawing.of_lines([palette.fit(_TEXTS[name], width)], width, palette.style(palette.muted))
    label = label.showing(TextPlot(_TEXTS[name], heading=True))
    return named_areas(above(label, _map(answer, name, width, max(height - 1, 1), palette)), name)


def _map(answer: NeuronAnswer, name: _Part, width: int, height: int, palette: Palette) -> Drawing:
    return draw_token_map(
        answer.pre if name == "pre" else answer.post,
        answer.axis,
        width,
        height,
        palette,
        frequency=answer.facts.frequency,
        scale=answer.shown_scale(name),
        whose="the neuron's",
        unit="pre-activation" if name == "pre" else "activation",
    )


def table(answer: NeuronAnswer) -> Table:
    return token_map_table(answer.pre if answer.activation == "pre" else answer.post, answer.axis)


VIEW = View(
    name="neuron",
    about=About(
        shows=(
            "The activation of one neuron over all p^2 inputs: x across, y down, the colour its value by the scale "
            "on the right. If the pane is wide enough ({pane.zoom}), two maps: pre, before the nonlinearity, and "
            "post, after it, side by side or one above the other, whichever is finer; else post alone. "
            "{map.activation} shows pre, post or both. The line above "
            "has the neuron's frequency, share, variance explained and how often it is active, as `clusters` defines "
            "them."
        ),
        definition=(
            "  pre(x, y) = the input of the nonlinearity; in a transformer b_in + W_in applied to the residual stream "
            "after attention (normalised, if it has a norm), at the position that is read, usually the last\n"
            "  post(x, y) = ReLU(pre(x, y)), or another nonlinearity where the network has that\n"
            "Tables and exports have post, or pre where pre alone is shown, tokens in natural order. Unwrapped order "
            "({map.unwrap}) sorts both axes by k × token mod p, k the neuron's own frequency: a wave of frequency k "
            "becomes one single cycle. The key goes on to the order of logarithms in a run that multiplies or divides."
        ),
        reading=(
            "At epoch 0 the map is a faint texture without a repeating pattern. After grokking it repeats at one "
            "frequency in x and in y, and most neurons are zero on a part of the inputs. A wave of frequency 52 has "
            "a period of 2.2 tokens: on fewer columns than tokens the natural order shows false patterns (the line "
            "below then says so). {map.window} shows as many tokens as fit, without such a pattern. Press "
            "{map.unwrap}: then every neuron of every cluster looks alike, one hill "
            "on a plain, and only its position differs. A neuron that is the same for all inputs is dead and has no "
            "frequency."
        ),
    ),
    keys=(*NEURON_KEYS, "map.unwrap", "map.window", "map.activation", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=by_numbers("pre", "post"),
)
