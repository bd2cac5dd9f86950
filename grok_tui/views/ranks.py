"""How many directions each matrix uses: singular values as bars, effective rank and participation ratio over epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TablePlot
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, panel_chart
from grok_tui.views.shared.epoch_curves import Curve, Curves, metric_series
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from engine.metrics.inverse_participation import InverseParticipation
    from engine.metrics.ranks import Ranks
    from grok_tui.session.selection import Selection

_LEAST_WIDTH, _TABLE_WIDTH = 34, 38


@dataclass(frozen=True, eq=False)
class RanksAnswer:
    epoch: int
    values: Mapping[str, NDArray[np.float64]]  # singular values by matrix, descending
    ranks: Mapping[str, Ranks]
    neurons: InverseParticipation  # of their input and output weights
    curves: Curves | None  # effective rank of the matrices over epochs; None for a single checkpoint
    axes: AxesChoice

    @property
    def shown(self) -> str:
        """The matrix whose singular values are drawn: W_logit, else the first."""
        return "W_logit" if "W_logit" in self.values else next(iter(self.values))


def query(explorer: Explorer, selection: Selection) -> RanksAnswer:
    from engine.metrics.inverse_participation import inverse_participation
    from engine.metrics.ranks import ranks_of, singular_values

    network = explorer.network(selection.epoch)
    values = singular_values(explorer.weights(selection.epoch), network)
    several = len(explorer.epochs) > 1
    return RanksAnswer(
        selection.epoch,
        {name: each.cpu().numpy() for name, each in values.items()},
        {name: ranks_of(each) for name, each in values.items()},
        inverse_participation(network),
        _curves(explorer.run_metrics(selection.reference_epoch).snapshot()) if several else None,
        AxesChoice.of(selection),
    )


@lru_cache(maxsize=4)
def _curves(run_metrics: RunMetricsSnapshot) -> Curves:
    """Of whole matrices: heads would be too many."""
    first = run_metrics.metrics[0].report.get("ranks", {}) if run_metrics.metrics else {}
    names = [name for name in first if "[" not in name]
    return Curves.of(
        run_metrics, [Curve(name, name, metric_series(run_metrics, "ranks", name, "effective_rank")) for name in names]
    )


def title(answer: RanksAnswer) -> str:
    return f"ranks of the matrices · epoch {answer.epoch:,}"


def draw(answer: RanksAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 12 else 2)
    room = max(height - head.height, 1)
    curves = answer.curves is not None and bool(answer.curves.known())
    has_table = width >= _TABLE_WIDTH + _LEAST_WIDTH + 2
    body_width = width - (_TABLE_WIDTH + 2 if has_table else 0)
    if curves and body_width >= 2 * _LEAST_WIDTH + 2:
        each = (body_width - 2) // 2
        body = beside(_bars(answer, each, room, palette), _chart(answer, body_width - 2 - each, room, palette), gap=2)
    elif curves and room >= 14:
        body = above(
            _bars(answer, body_width, room // 2, palette), _chart(answer, body_width, room - room // 2, palette)
        )
    else:
        body = _bars(answer, body_width, room, palette)
    if has_table:
        body = beside(_lines(answer, _TABLE_WIDTH, room, palette), body, gap=2)
    return fit(above(head, body), width, height)


def _facts(answer: RanksAnswer) -> list[str]:
    chosen = dict.fromkeys([answer.shown, *(name for name in answer.ranks if "[" not in name)])
    facts = [
        f"{name}: effective rank {found.effective_rank:.1f}, participation ratio {found.participation_ratio:.1f}"
        for name, found in ((name, answer.ranks[name]) for name in chosen)
        if found.effective_rank is not None and found.participation_ratio is not None
    ]
    of_neurons = (("input", answer.neurons.input), ("output", answer.neurons.output))
    known = [f"{name} {ratio:.3f}" for name, ratio in of_neurons if ratio is not None]
    if known:
        facts.insert(1, f"inverse participation ratio of neurons: {', '.join(known)}")
    return facts


def _bars(answer: RanksAnswer, width: int, height: int, palette: Palette) -> Drawing:
    return bar_chart(
        answer.values[answer.shown],
        width,
        height,
        palette,
        first=1,
        x_label="singular value",
        y_label=f"singular values of {answer.shown}",
    )


def _chart(answer: RanksAnswer, width: int, height: int, palette: Palette) -> Drawing:
    assert answer.curves is not None
    panel = Panel(tuple(curve.column for curve in answer.curves.curves), "effective rank")
    return panel_chart(answer.curves, panel, answer.axes, width, height, palette).with_cursor(answer.epoch, palette)


def _lines(answer: RanksAnswer, width: int, height: int, palette: Palette) -> Drawing:
    rows = [f"{'matrix':<20}{'eff. rank':>9}{'ratio':>8}"]
    for name, found in answer.ranks.items():
        numbers = [found.effective_rank, found.participation_ratio]
        texts = ["–" if number is None else f"{number:.1f}" for number in numbers]
        short = name if len(name) <= 20 else f"…{name[-19:]}"
        rows.append(f"{short:<20}{texts[0]:>9}{texts[1]:>8}")
    if len(rows) > height:
        rows = [*rows[: max(height - 1, 0)], f"… {len(rows) - height + 1} more"]
    drawing = Drawing.of_lines([palette.text(row) for row in rows[:height]], width, palette.style(palette.foreground))
    return drawing.showing(TablePlot(_figure_table(answer)))


def _figure_table(answer: RanksAnswer) -> Table:
    columns = (Column("matrix"), Column("effective rank", format=".1f"), Column("participation ratio", format=".1f"))
    rows = [(name, found.effective_rank, found.participation_ratio) for name, found in answer.ranks.items()]
    return Table(columns, tuple(rows))


def table(answer: RanksAnswer) -> Table:
    columns = (
        Column("matrix"),
        Column("effective_rank", format=".4g"),
        Column("participation_ratio", format=".4g"),
        Column("largest_singular_value", format=".4g"),
        Column("singular_values", format=",d"),
        Column("inverse_participation_ratio", format=".4g"),
    )
    of_matrices = [
        (found.effective_rank, found.participation_ratio, float(answer.values[name][0]), len(answer.values[name]), None)
        for name, found in answer.ranks.items()
    ]
    of_neurons = [(None, None, None, None, ratio) for ratio in (answer.neurons.input, answer.neurons.output)]
    names = (*answer.ranks, "input weights of neurons", "output weights of neurons")
    return Table(columns, tuple((name, *row) for name, row in zip(names, [*of_matrices, *of_neurons], strict=True)))


def _several_epochs(explorer: Explorer) -> bool:
    return explorer.run.has_weights and len(explorer.epochs) > 1


VIEW = View(
    name="ranks",
    about=About(
        shows=(
            "How many directions each matrix of the network uses. Left, where it fits: every matrix and head with its "
            "effective rank and participation ratio. Bars: the singular values of W_logit, the readout of the neurons, "
            "or of the first matrix without it. Chart: the effective rank of the whole matrices over the epochs."
        ),
        definition=(
            "With the singular values s of a matrix:\n"
            "  effective rank = exp(- sum of q ln q), q = s / sum of s (Roy and Vetterli 2007)\n"
            "  participation ratio = (sum of s^2)^2 / sum of s^4\n"
            "Both are n for n equal singular values and zeros. The other ratio in use is (sum of s)^2 / sum of s^2. "
            "`W_Q[2]` is that of head 2. W_logit = W_out W_U over the p answers.\n"
            "  inverse participation ratio of a neuron = sum of A_k^4 / (sum of A_k^2)^2, A_k the amplitude of its "
            "weights at frequency k (Doshi et al. 2024)\n"
            "1 for a wave of one frequency, 1/n for n of equal amplitude. Input weights: what x and y add to the "
            "pre-activation, its mean over the other token; output weights: the row of W_logit; means over neurons."
        ),
        reading=(
            "Random matrices use nearly all directions. A grokked readout uses two for each key frequency, its cosine "
            "and its sine: with five frequencies both numbers of W_logit are near 10, and its bars end in a step after "
            "the tenth. The ranks fall in the cleanup, after the circuit has formed. Effective rank counts small "
            "singular values more than the participation ratio does: a large distance between the two is a long tail. "
            "The inverse participation ratios of neurons rise to 1 as each takes one frequency."
        ),
    ),
    keys=("epoch.reference", *AXIS_KEYS, "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    shows_phases=True,
    measures_instead=_several_epochs,
)
