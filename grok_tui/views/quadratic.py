"""How much of each neuron is products of waves in x and y, before and after the nonlinearity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.comparison_scales import Scaled, by_numbers
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.neuron_points import neuron_points
from grok_tui.views.view import About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_DIAGONAL = 0  # the palette's blue, which no cluster has


@dataclass(frozen=True, eq=False)
class QuadraticAnswer(Scaled):
    epoch: int
    keys: tuple[int, ...]
    cluster: NDArray[np.int64]  # [neuron]: the key frequency of its cluster, 0 for the rest
    pre: NDArray[np.float64]  # [neuron]; NaN for a constant neuron
    post: NDArray[np.float64]  # [neuron]


def query(explorer: Explorer, selection: Selection) -> QuadraticAnswer:
    from engine.metrics.neuron_clusters import membership
    from engine.metrics.neuron_tuning import quadratic_fraction

    keys = explorer.keys(selection.reference_epoch)
    summary = explorer.summary(selection.epoch)
    cluster = membership(summary.neurons, keys)
    return QuadraticAnswer(
        epoch=selection.epoch,
        keys=keys,
        cluster=cluster,
        pre=quadratic_fraction(explorer.pre_spectra(selection.epoch), cluster),
        post=quadratic_fraction(summary.spectra, cluster),
    )


def title(answer: QuadraticAnswer) -> str:
    return f"quadratic fraction before and after the nonlinearity · epoch {answer.epoch:,}"


def draw(answer: QuadraticAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 14 else 2)
    before, after = (
        answer.scale(name) or Scale.of(values) for name, values in (("pre", answer.pre), ("post", answer.post))
    )
    top = max(before.high, after.high)
    diagonal = np.array([0.0, before.high or 1.0])
    chart = line_chart(
        [Series("post = pre", diagonal, diagonal, colour=_DIAGONAL), *_series(answer)],
        width,
        max(height - head.height, 1),
        palette,
        x_label="quadratic fraction, pre",
        y_label="post",
        y_range=(0.0, max(top, 1e-3) * 1.05),
    )
    return fit(above(head, chart.drawing), width, height)


def _series(answer: QuadraticAnswer) -> list[Series]:
    series = []
    for key in (0, *answer.keys):  # the clusters are drawn over the rest
        members = answer.cluster == key
        colour = frequency_colour(key, answer.keys)
        if members.any():
            name = "rest" if key == 0 else f"freq {key}"
            x, y = answer.pre[members], answer.post[members]
            series.append(neuron_points(name, np.flatnonzero(members), x, y, colour=colour, clusters=[name] * len(x)))
    return series


def _facts(answer: QuadraticAnswer) -> list[str]:
    facts = []
    for name, members in (("tuned", answer.cluster > 0), ("rest", answer.cluster == 0)):
        pre, post = _mean(answer.pre[members]), _mean(answer.post[members])
        if pre is not None and post is not None:
            facts.append(f"{name}: mean {pre:.1%} before, {post:.1%} after")
    return facts or ["every neuron is constant over all pairs"]


def _mean(values: NDArray[np.float64]) -> float | None:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def table(answer: QuadraticAnswer) -> Table:
    columns = (
        Column("neuron", format=",d"),
        Column("cluster", format="d", names=True),
        Column("quadratic_fraction_pre", format=".4f"),
        Column("quadratic_fraction_post", format=".4f"),
    )
    rows = zip(answer.cluster.tolist(), answer.pre.tolist(), answer.post.tolist(), strict=True)
    return Table(columns, tuple((i, c or None, none_if_nan(a), none_if_nan(b)) for i, (c, a, b) in enumerate(rows)))


VIEW = View(
    name="quadratic",
    about=About(
        shows=(
            "How much of each neuron is products of a wave in x and a wave in y, before and after the nonlinearity. "
            "One point per neuron: the fraction in its pre-activation across, in its activation up; colour or mark "
            "by cluster. On the line post = pre the nonlinearity has added nothing. The line above has the means."
        ),
        definition=(
            "For a neuron of the cluster of frequency k:\n"
            "  quadratic fraction = energy of the 4 products (cos or sin of w_k x) times (cos or sin of w_k y) / all "
            "energy\n"
            "of the centred grid over (x, y), w_k = 2 pi k / p. For neurons of the rest the products of all "
            "frequencies count, as in the study. In the table the cluster of the rest is empty."
        ),
        reading=(
            "The circuit needs products, because cos w(x±y) = cos wx cos wy ∓ sin wx sin wy, and sums of waves in x "
            "and waves in y have none. At epoch 0 nearly all is at 0. After grokking tuned neurons are above the "
            "line, near 0 before and 0.2 after: they get their products from the nonlinearity (ReLU(cos wx + cos wy) "
            "has 22%). The rest is on the line, in the study's run far to the right: always active, it cannot make "
            "products, and passes on those that attention makes by weighting waves with waves."
        ),
    ),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(align=by_numbers("pre", "post").align),
)
