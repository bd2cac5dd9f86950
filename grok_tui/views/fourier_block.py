"""The nine Fourier coefficients of a neuron at its own frequency, with their signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.coefficient_grid import draw_coefficient_grid
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.fact_line import flow, neuron_facts
from grok_tui.views.view import NEURON_KEYS, About, ComparisonMethods, NoDifference, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from engine.networks.config import Operation
    from grok_tui.session.selection import Selection

# Below these widths the names are shortened, first across, then on both sides.
_NARROW, _NARROWEST = 36, 24
_SHORT_NAMES = ("c", "cos", "sin")
_MIN_SIGNED = 0.1  # share of the length of (cosine, sine) below which a sign carries no information
_NUMBERS: ComparisonMethods[BlockAnswer] = by_numbers("coefficients")


@dataclass(frozen=True, eq=False)
class BlockAnswer(Scaled):
    epoch: int
    operation: Operation
    facts: NeuronFacts
    coefficients: NDArray[np.float64] | None  # [3, 3], x by y: constant, cos k, sin k; None for a dead neuron
    cosine: float | None  # on cos k(x±y); None without sum directions
    sine: float | None  # on sin k(x±y); None too for k = p/2, whose coefficients are [2, 2]
    product_share: float | None  # of the block's energy without its constant
    sum_share: float | None  # of the products' energy, on cos k(x±y) and sin k(x±y)
    no_sum_directions: str | None = None  # why there are none


def query(explorer: Explorer, selection: Selection) -> BlockAnswer:
    from engine.metrics.neuron_tuning import neuron_block

    operation, task = explorer.run.config.operation, explorer.config.task
    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    if facts.frequency is None:
        return BlockAnswer(selection.epoch, operation, facts, None, None, None, None, None)
    spectra = explorer.summary(selection.epoch).spectra
    sign = task.sign if task.has_sum_directions else None
    block = neuron_block(spectra, selection.neuron, facts.frequency, task.p, sign)
    return BlockAnswer(
        selection.epoch,
        operation,
        facts,
        block.coefficients.cpu().numpy(),
        block.cosine,
        block.sine,
        block.product_share,
        block.sum_share,
        task.no_sum_directions,
    )


def title(answer: BlockAnswer) -> str:
    tuned = "" if answer.facts.frequency is None else f" · block of frequency {answer.facts.frequency}"
    return f"neuron {answer.facts.neuron}{tuned} · epoch {answer.epoch:,}"


def draw(answer: BlockAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(neuron_facts(answer.facts, answer.minus and answer.minus.facts), width, palette, most=1)
    if answer.coefficients is None:
        return fit(head, width, height)
    room = height - head.height
    notes = [text for text in _notes(answer) if len(text) <= width and answer.minus is None]
    shown = notes[: max(min(room - 8, len(notes)), 0)]
    names = _names(answer)
    short = _SHORT_NAMES[: len(names)]
    across = short if width < _NARROW else tuple(f"x {name}" for name in names)
    down = short if width < _NARROWEST else names if width < _NARROW else tuple(f"y {name}" for name in names)
    body = draw_coefficient_grid(
        answer.coefficients.T,
        across,
        down,
        width,
        room - len(shown) - bool(shown),
        palette,
        plain=[(0, 0)],
        scale=answer.scale("coefficients"),
    )
    texts = ["", *(palette.fit(text, width) for text in shown)] if shown else []
    below = Drawing.of_lines(texts, width, palette.style(palette.foreground))
    below = below.showing(TextPlot(" · ".join(shown))) if shown else below
    return fit(above(head, body, below), width, height)


def _notes(answer: BlockAnswer) -> list[str]:
    """What the signs and sizes of the coefficients mean."""
    assert answer.coefficients is not None
    products = [] if answer.product_share is None else [f"products: {answer.product_share:.0%} of the block's energy"]
    if answer.cosine is None:
        return [*products, answer.no_sum_directions or ""]
    if answer.sine is None:
        half = "k = p/2 has no sine: cos·cos is cos k(x±y) and cos k(x∓y)"
        return [with_operation_signs(half, answer.operation), *products]
    (cc, cs), (sc, ss) = answer.coefficients[1:, 1:].tolist()
    sign = 1 if answer.operation in ("add", "multiply") else -1
    least = _MIN_SIGNED * math.hypot(answer.cosine, answer.sine)
    notes = [
        f"cos·cos and sin·sin: {_signs(cc * ss, cc * ss * sign < 0, abs(answer.cosine) >= least > 0)} cos k(x±y)",
        f"sin·cos and cos·sin: {_signs(cs * sc, cs * sc * sign > 0, abs(answer.sine) >= least > 0)} sin k(x±y)",
        f"on cos k(x±y): {answer.cosine:+,.3g}   on sin k(x±y): {answer.sine:+,.3g}",
    ]
    if products and answer.sum_share is not None:
        notes.append(f"{products[0]}, {answer.sum_share:.0%} of that on x±y")
    return [with_operation_signs(note, answer.operation) for note in notes]


def _signs(product: float, as_expected: bool, significant: bool) -> str:
    if not significant:
        return "hardly any"
    signs = "the same sign" if product > 0 else "opposite signs" if product < 0 else "one is zero"
    return f"{signs}, {'as in' if as_expected else 'unlike'}"


def _names(answer: BlockAnswer) -> tuple[str, ...]:
    names = ("const", f"cos {answer.facts.frequency}", f"sin {answer.facts.frequency}")
    return names[:2] if answer.sine is None else names


def table(answer: BlockAnswer) -> Table:
    columns = (
        *(Column(name) for name in ("component_x", "component_y", "name_x", "name_y")),
        Column("value", format=".4g"),
    )
    if answer.coefficients is None or answer.facts.frequency is None:
        return Table(columns, (), keys=4)
    k, names = answer.facts.frequency, _names(answer)
    components = list(zip((0, 2 * k - 1, 2 * k), names, strict=False))  # k = p/2 has no sine
    rows = tuple(
        (number_x, number_y, name_x, name_y, float(answer.coefficients[i, j]))
        for i, (number_x, name_x) in enumerate(components)
        for j, (number_y, name_y) in enumerate(components)
    )
    return Table(columns, rows, keys=4)


def _align(a: BlockAnswer, b: BlockAnswer) -> tuple[BlockAnswer, BlockAnswer]:
    return (a, b) if a.coefficients is None or b.coefficients is None else _NUMBERS.align(a, b)


def _subtract(a: BlockAnswer, b: BlockAnswer) -> BlockAnswer | None:
    """Differences of the coefficients; those of different frequencies belong to different waves."""
    if a.coefficients is None or b.coefficients is None:
        raise NoDifference("a constant neuron has no block; both are shown.")
    if a.facts.frequency != b.facts.frequency:
        of_a, of_b = a.facts.frequency, b.facts.frequency
        raise NoDifference(f"the blocks are of different frequencies, {of_a} and {of_b}; both are shown.")
    return _NUMBERS.subtract(a, b)


VIEW = View(
    name="block",
    about=About(
        shows=(
            "The nine Fourier coefficients of one neuron at its own frequency k, with their signs. x across, y down: "
            "constant, cos k, sin k. Blue is negative, orange positive; the constant has no colour, so that it does "
            "not outshine the others. Below, where there is room: what the signs and sizes mean."
        ),
        definition=(
            "The rows (of x, drawn across) and columns (of y, drawn down) {0, 2k-1, 2k} of B A B^T, with A[x, y] the "
            "activation (post, not centred here) and B the orthonormal real Fourier basis. The constant is p times "
            "the mean; the linear terms are the remaining entries of the first row and column; the 4 products are "
            "the corner.\n"
            "  cos k(x±y) = cos cos ∓ sin sin\n"
            "  sin k(x±y) = sin cos ± cos sin\n"
            "The neuron's coefficients on these two (as unit vectors) are given below, and from their squares the "
            "share of the products' energy that is on x±y; all other energy of the products is on x∓y. For k = p/2 "
            "(even p) there is no sine: the block has rows and columns {0, p-1}, and its one product is on both."
        ),
        reading=(
            "If the products were on x±y alone, cos·cos and sin·sin would have equal size and the signs of the first "
            "formula, sin·cos and cos·sin equal size and the signs of the second. Real neurons are less pure: after "
            "grokking the linear terms are the largest, the products hold about a fifth of the block, and x±y has "
            "more than half of that, for many neurons only a little more; what is on x∓y cancels over the cluster. "
            "Where a neuron has next to nothing on cos k(x±y), the signs of cos·cos and sin·sin carry no "
            "information, and likewise for sin. At epoch 0 the frequency is arbitrary, and the block means little."
        ),
    ),
    keys=(*NEURON_KEYS, "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(align=_align, subtract=_subtract),
)
