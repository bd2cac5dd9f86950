"""Clock or pizza: where the network lies between the two known algorithms, and the pictures behind the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.chart import Axes, Series, line_chart
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.scale import Scale
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.fact_line import flow, muted_line
from grok_tui.views.shared.figure_labels import in_figure
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_maps import draw_token_map
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.algorithm import Algorithm
    from engine.metrics.algorithm_pictures import Doubling
    from grok_tui.session.selection import Selection

# Distance irrelevance and gradient symmetricity of the two networks of Zhong et al. 2023.
_PIZZA, _CLOCK = (0.1717, 0.9937), (0.8483, 0.3336)
_LEAST_WIDTH = 34  # of a picture
_TWO_ROWS = 22  # lines for two maps above the plane
_LEARNED = 0.99  # the least accuracy of a network that is said to be near an algorithm
_NAMES = {
    "distance_irrelevance": "distance irrelevance",
    "gradient_symmetricity": "gradient symmetricity",
    "gradient_symmetricity_right_answers": "of right answers",
    "circularity": "circularity",
}

Picture = Callable[[int, int, Palette], Drawing]  # (width, height, palette)


@dataclass(frozen=True, eq=False)
class AlgorithmAnswer:
    epoch: int
    operation: str
    found: Algorithm
    accuracy: float  # over all pairs
    logits: NDArray[np.float64] | None  # [answer, distance]; None without sum directions
    cosines: NDArray[np.float64] | None  # [x, y]; None without gradients
    doubling: Sequence[Doubling]
    frequency: int | None  # the strongest of the logits
    axis: TokenAxis

    @property
    def position(self) -> float | None:
        """How far from the published pizza (0) to the published clock (1) the network lies."""
        di, gs = self.found.distance_irrelevance, self.found.gradient_symmetricity
        if di is None or gs is None:
            return None
        start, along = np.array(_PIZZA), np.array(_CLOCK) - np.array(_PIZZA)
        return float((np.array([di, gs]) - start) @ along / (along @ along))


def query(explorer: Explorer, selection: Selection) -> AlgorithmAnswer:
    from engine.metrics.algorithm import algorithm, right_answer_cosines
    from engine.metrics.algorithm_pictures import by_answer_and_distance, doubling, right_logits

    network = explorer.network(selection.epoch)
    task, frequency = network.task, None
    doubled: Sequence[Doubling] = ()
    logits = right_logits(network) if task.has_sum_directions else None
    found = algorithm(network, logits, right_answers=False)
    cosines = right_answer_cosines(network).cpu().numpy() if "gradients" in network.parts else None
    if task.has_sum_directions:
        from engine.metrics.energy_frequencies import logit_frequencies

        sums = explorer.logit_sums(selection.epoch)
        strongest = max(logit_frequencies(sums), key=lambda each: each.energy, default=None)
        frequency = None if strongest is None else strongest.frequency
        doubled = doubling(network.W_E, sums) if "W_E" in network.parts else ()
    return AlgorithmAnswer(
        selection.epoch,
        explorer.run.config.operation,
        found,
        explorer.summary(selection.epoch).losses.accuracy.all,
        None if logits is None else by_answer_and_distance(logits, task).cpu().numpy(),
        cosines,
        doubled,
        frequency,
        TokenAxis.of(explorer, selection, frequency),
    )


def title(answer: AlgorithmAnswer) -> str:
    return f"clock or pizza · epoch {answer.epoch:,}"


def draw(answer: AlgorithmAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=2 if height < 14 else 4)
    room = max(height - head.height, 1)
    pictures = _pictures(answer)
    count = max(1, min(len(pictures), (width + 2) // (_LEAST_WIDTH + 2)))
    left_out = len(pictures) - count
    if left_out == 1 and count == 2 and room >= _TWO_ROWS:
        upper, half = room - room * 2 // 5, (width - 2) // 2
        maps = beside(*(picture(half, upper, palette) for picture in pictures[:2]), gap=2)
        return fit(above(head, maps, pictures[2](width, room - upper, palette)), width, height)
    if left_out and room > 8:
        note = f"{left_out} more in a wider pane"
        head = above(head, muted_line(note, width, palette))
        room -= 1
    each = (width - 2 * (count - 1)) // count
    return fit(
        above(head, beside(*(picture(each, room, palette) for picture in pictures[:count]), gap=2)), width, height
    )


def _facts(answer: AlgorithmAnswer) -> list[str]:
    found = answer.found
    facts = [] if answer.position is None else [_in_words(answer.position, answer.accuracy)]
    values = {name: getattr(found, name) for name in _NAMES}
    if answer.cosines is not None:
        values["gradient_symmetricity_right_answers"] = float(answer.cosines.mean())
    facts += [f"{_NAMES[name]} {value:.3f}" for name, value in values.items() if value is not None]
    facts += [
        f"no {_NAMES[name]}: {why}"
        for name, why in found.absent.items()
        if values[name] is None and "right" not in name
    ]
    return [*facts, *map(_doubling_fact, answer.doubling)]


def _in_words(position: float, accuracy: float) -> str:
    if accuracy < _LEARNED:
        kind = f"no algorithm learned, {accuracy:.1%} of the pairs right"
    elif position >= 0.75:
        kind = "near a clock"
    elif position <= 0.25:
        kind = "near a pizza"
    else:
        kind = "between clock and pizza"
    return f"{kind}: {position:.0%} of the way from the published pizza to the published clock"


def _doubling_fact(each: Doubling) -> str:
    double = "" if each.double is None else f", at {each.double} {each.logits_double:.1%}"
    return f"doubling of W_E {each.frequency}: logits at {each.frequency} {each.logits:.1%}{double}"


def _pictures(answer: AlgorithmAnswer) -> list[Picture]:
    pictures: list[Picture] = []
    if answer.logits is not None:
        pictures.append(lambda width, height, palette: _logit_map(answer, width, height, palette))
    if answer.cosines is not None:
        pictures.append(lambda width, height, palette: _cosine_map(answer, width, height, palette))
    if answer.position is not None:
        pictures.append(lambda width, height, palette: _plane(answer, width, height, palette))
    return pictures or [lambda width, height, palette: Drawing.of_lines(["no pictures"], width)]


def _logit_map(answer: AlgorithmAnswer, width: int, height: int, palette: Palette) -> Drawing:
    assert answer.logits is not None
    order = np.arange(len(answer.logits)) if answer.axis.frequency is None else answer.axis.indices
    shown = answer.logits[np.ix_(order, order)]
    names = [with_operation_signs(text, answer.operation) for text in ("x±y", "x∓y")]

    def read(row: int, column: int) -> Readout:
        s, d = int(order[column]), int(order[row])
        return Readout(f"{names[0]} {s}, {names[1]} {d}: {format_value(shown[column, row])}")

    label = _label("logit of the right answer", width, palette)
    order_note = "" if answer.axis.frequency is None else " unwrapped"
    body = heatmap(
        shown.T,
        width,
        max(height - 1, 1),
        palette,
        x_label=f"answer {names[0]}{order_note}",
        y_label=f"distance {names[1]}",
        read=read,
    )
    return above(label, in_figure(body, unit="logit"))


def _cosine_map(answer: AlgorithmAnswer, width: int, height: int, palette: Palette) -> Drawing:
    assert answer.cosines is not None
    body = draw_token_map(
        answer.cosines,
        answer.axis,
        width,
        max(height - 1, 1),
        palette,
        frequency=answer.frequency,
        scale=Scale(-1.0, 1.0, True),
        unit="cosine",
    )
    return above(_label("cosine of the gradients on x and y", width, palette), body)


def _plane(answer: AlgorithmAnswer, width: int, height: int, palette: Palette) -> Drawing:
    di, gs = answer.found.distance_irrelevance, answer.found.gradient_symmetricity
    assert di is not None
    assert gs is not None
    points = (("pizza", _PIZZA, 1), ("clock", _CLOCK, 2), ("this network", (di, gs), 4))
    series = [
        Series(name, np.array([x]), np.array([y]), colour=colour, kind="points") for name, (x, y), colour in points
    ]
    zero = Series("", np.array([0.0, 1.0]), np.zeros(2), colour=7, dim=True)
    way = Series("", np.array([_PIZZA[0], _CLOCK[0]]), np.array([_PIZZA[1], _CLOCK[1]]), colour=7, dim=True)
    label = _label("gradient symmetricity over distance irrelevance", width, palette)
    chart = line_chart(
        [zero, way, *series],
        width,
        max(height - 1, 1),
        palette,
        x_label="irrelevance",
        y_label="symmetricity",
        axes=Axes(),
        y_range=(min(-0.05, gs), 1.05),
    )
    for _, (x, y), colour in points:
        chart = chart.with_point(x, y, palette.text("●"), palette.style(palette.series[colour], bold=True))
    return above(label, chart.drawing)


def _label(text: str, width: int, palette: Palette) -> Drawing:
    drawing = Drawing.of_lines([palette.fit(text, width)], width, palette.style(palette.foreground))
    return drawing.showing(TextPlot(text, heading=True))


def table(answer: AlgorithmAnswer) -> Table:
    columns = (Column("name"), Column("value", format=".6f"), Column("absent"))
    found = answer.found
    values = {name: getattr(found, name) for name in _NAMES}
    absent = dict(found.absent)
    if answer.cosines is not None:
        values["gradient_symmetricity_right_answers"] = float(answer.cosines.mean())
        absent.pop("gradient_symmetricity_right_answers", None)
    rows = [(name, value, absent.get(name)) for name, value in values.items()]
    rows.append(("from_pizza_to_clock", answer.position, None))
    for each in answer.doubling:
        rows.append((f"logits_at_{each.frequency}_of_W_E", each.logits, None))
        if each.double is not None:
            rows.append((f"logits_at_{each.double}_double_of_{each.frequency}", each.logits_double, None))
    return Table(columns, tuple(rows), keys=1)


VIEW = View(
    name="algorithm",
    about=About(
        shows=(
            "Whether the network is a clock or a pizza, the two algorithms that networks are known to learn. Above, "
            "where it lies between the published examples of both, its numbers, and the doubling test. Then, as far "
            "as they fit: the right answer's logit over answer and distance; the cosine of the gradients on the two "
            "embeddings over all pairs; the plane of the first two numbers with the published pizza and clock."
        ),
        definition=(
            "  distance irrelevance: mean over distances x∓y of the standard deviation of the right answer's logit, "
            "over that of all pairs\n"
            "  gradient symmetricity: mean cosine of d logit / d embedding of x and of y, before W_pos, over the "
            "published 100 triples (x, y, answer); beside it over all right answers\n"
            "  circularity: for the first 4 principal components v of W_E, max over k of 2 |sum_t v_t e^(i w_k t)|² / "
            "(p ||v||²), at most 1; their mean\n"
            "  way from pizza to clock: projection on the line between the published networks A (0.172, 0.994) and B "
            "(0.848, 0.334): near one of them in the first or last quarter; named from 99% right pairs on\n"
            "  doubling: the share of the logits' energy on the sum directions of k, a frequency of W_E, and of 2k\n"
            "All but the last two are those of Zhong et al. 2023, The Clock and the Pizza."
        ),
        reading=(
            "A clock multiplies waves of x and y: the logit depends on the answer alone, so the first map has columns "
            "of one colour and distance irrelevance is near 1; the gradients on x and y are unlike. A pizza adds "
            "first: the logit fades where x and y are opposite on the circle, so the first map has rows, and the "
            "gradients are alike, which makes the second map bright. Networks with attention are usually clocks, those "
            "with constant attention pizzas; many lie between. Before grokking neither picture has a pattern. On few "
            "columns press {map.unwrap}: both maps are then in the order of the strongest frequency of the logits."
        ),
    ),
    keys=("map.unwrap", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
