"""The local learning coefficient over epochs, and the chains behind it: what `grok-tui llc` has cached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.chart import Axes, Chart, Fill, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, arrangement
from grok_tui.views.shared.epoch_curves import phase_bands
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.llc_table import llc_table, settings_line
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_llc import LlcSnapshot
    from engine.metrics.llc.estimate import Llc
    from grok_tui.render.charts.bands import Band
    from grok_tui.session.selection import Selection

_NOTHING = "no estimate of this run is cached; `grok-tui llc RUN` makes them, and this view then shows them"


@dataclass(frozen=True, eq=False)
class LlcAnswer:
    epoch: int
    epochs: tuple[int, ...]  # of all checkpoints
    snapshot: LlcSnapshot
    bands: tuple[Band, ...]  # the phases
    axes: AxesChoice

    @property
    def shown(self) -> Llc | None:
        """The estimate of the epoch on show."""
        return self.snapshot.estimates.get(self.epoch)


def query(explorer: Explorer, selection: Selection) -> LlcAnswer:
    snapshot = explorer.llc.snapshot()
    metrics = explorer.run_metrics(selection.reference_epoch).snapshot() if len(explorer.epochs) > 1 else None
    bands = () if metrics is None else phase_bands(metrics)
    return LlcAnswer(selection.epoch, explorer.epochs, snapshot, bands, AxesChoice.of(selection))


def later(explorer: Explorer, selection: Selection) -> Iterator[None]:
    """Read the cache, a checkpoint a step."""
    yield from explorer.llc.steps()


def title(answer: LlcAnswer) -> str:
    return f"local learning coefficient · epoch {answer.epoch:,}"


def draw(answer: LlcAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 12 else 3)
    if not answer.snapshot.estimates:
        return fit(head, width, height)
    pictures: list[Callable[[int, int], Drawing]] = [lambda w, h: _curve(answer, w, h, palette)]
    found = answer.shown
    if found is not None:
        pictures += [
            lambda w, h: _traces(found, w, h, palette),
            lambda w, h: _distances(found, w, h, palette),
            lambda w, h: _norms(found, w, h, palette),
        ]
    room = max(height - head.height, 1)
    columns, rows = arrangement(len(pictures), width, room)
    each = (width - 2 * (columns - 1)) // columns
    lines = []
    for row in range(rows):
        row_height = room * (row + 1) // rows - room * row // rows
        drawings = [picture(each, row_height) for picture in pictures[row * columns : (row + 1) * columns]]
        lines.append(beside(*drawings, gap=2))
    return fit(above(head, *lines), width, height)


def _facts(answer: LlcAnswer) -> list[str]:
    snapshot, found = answer.snapshot, answer.shown
    if not snapshot.estimates:
        return [_NOTHING]
    facts = []
    if found is None:
        facts.append(f"epoch {answer.epoch:,} is not estimated")
    elif found.value is None:
        facts.append("no estimate")
    else:
        error = "" if found.standard_error is None else f" ± {found.standard_error:.2g}"
        facts += [f"{found.value:.4g}{error}", f"train loss {found.traces.loss_at_start:.3g}"]
    facts += [] if found is None else found.notes
    if len(snapshot.estimates) < snapshot.total:
        facts.append(f"{len(snapshot.estimates):,} of {snapshot.total:,} checkpoints estimated")
    facts.append(settings_line(next(iter(snapshot.estimates.values()))))
    if snapshot.others:
        facts.append(f"{snapshot.others:,} more choices of settings cached, of fewer epochs")
    return facts


def _curve(answer: LlcAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The coefficient over epochs, with a band of one standard error."""
    estimates = answer.snapshot.estimates
    epochs = np.array(list(estimates), dtype=np.float64)
    values = np.array([np.nan if found.value is None else found.value for found in estimates.values()])
    errors = np.array([found.standard_error or 0.0 for found in estimates.values()])
    chart = line_chart(
        [Series("", epochs, values, 0), Series("", epochs, values, 0, kind="points")],
        width,
        height,
        palette,
        x_label="epoch",
        y_label="local learning coefficient",
        axes=answer.axes.override(Axes()),
        bands=answer.bands,
        fills=[Fill(epochs, values - errors, values + errors, 0)],
    )
    return chart.with_cursor(answer.epoch, palette)


def _traces(found: Llc, width: int, height: int, palette: Palette) -> Drawing:
    start = np.full(found.settings.steps, found.traces.loss_at_start)
    series = [*_by_chain(found.traces.loss), Series("w*", _steps(found), start, len(found.by_chain), dim=True)]
    return _of_steps(found, series, "train loss", Axes(log_y=True), width, height, palette)


def _distances(found: Llc, width: int, height: int, palette: Palette) -> Drawing:
    return _of_steps(found, _by_chain(found.traces.distance), "distance from w*", Axes(), width, height, palette)


def _norms(found: Llc, width: int, height: int, palette: Palette) -> Drawing:
    """The gradient's part of each step, and the noise of the first chain, whose norm is that of all."""
    noise = Series("noise", _steps(found), found.traces.noise_norm[0], len(found.by_chain), dim=True)
    series = [*_by_chain(found.traces.gradient_norm), noise]
    return _of_steps(found, series, "gradient and noise of a step", Axes(log_y=True), width, height, palette)


def _of_steps(
    found: Llc, series: Sequence[Series], label: str, axes: Axes, width: int, height: int, palette: Palette
) -> Drawing:
    """Curves over the steps, with a mark where the burn-in ends."""
    chart: Chart = line_chart(series, width, height, palette, x_label="step", y_label=label, axes=axes)
    return chart.with_mark(found.settings.burn_in, palette).drawing if found.settings.burn_in else chart.drawing


def _by_chain(values: NDArray[np.float64]) -> list[Series]:
    """A series for each chain. [chain, step]"""
    steps = np.arange(1, values.shape[1] + 1, dtype=np.float64)
    finite = np.where(np.isfinite(values), values, np.nan)
    return [Series(f"chain {chain}", steps, row, chain) for chain, row in enumerate(finite)]


def _steps(found: Llc) -> NDArray[np.float64]:
    return np.arange(1, found.settings.steps + 1, dtype=np.float64)


def table(answer: LlcAnswer) -> Table:
    """A row for each checkpoint, with nothing but its epoch if it is not estimated."""
    estimated = llc_table(answer.snapshot.estimates)
    rows = {row[0]: row for row in estimated.rows}
    nothing = (None,) * (len(estimated.columns) - 1)
    return replace(estimated, rows=tuple(rows.get(epoch, (epoch, *nothing)) for epoch in answer.epochs))


VIEW = View(
    name="llc",
    about=About(
        shows=(
            "The local learning coefficient of the train loss over the epochs. First chart: the estimates of `grok-"
            "tui llc RUN`, with a band of one standard error where that is a row high. For the epoch shown: of every "
            "chain, step by step, the train loss, the distance from the weights w*, and the norm of the gradient's "
            "part of a step beside that of its noise. Vertical line: the epoch shown; bands: the phases; dotted line:"
            " the end of the burn-in."
        ),
        definition=(
            "Chains start at the weights w* of the checkpoint, with N(0, 1) a normal number for each parameter:\n"
            "  w <- w - eps/2 (nbeta grad L(w) + gamma (w - w*)) + sqrt(eps) N(0, 1)\n"
            "  LLC = nbeta (mean over draws of L(w) - L(w*))\n"
            "L is the loss over all train pairs, nbeta = n / ln n for n pairs unless given, the draws are the steps "
            "after the burn-in. The value is the mean over the chains, its error their standard deviation over the "
            "root of their number. A chain is left out, and named, if its loss is not finite or it goes more than 10 "
            "times as far as noise and pull alone take it (Lau et al. 2023, The Local Learning Coefficient)."
        ),
        reading=(
            "It counts, in a sense, how many parameters the loss depends on near w*: d/2 for d of them at an ordinary "
            "minimum, less where the minimum is degenerate. Expect a rise while the network memorises and a fall when "
            "it generalises. Trust it where the traces are level after the burn-in and alike in all chains; the "
            "number depends on step size, gamma and nbeta, so compare epochs with the same settings. "
            "`grok-tui llc --calibrate` maps it over the first and the last. With weight decay w* is no exact minimum "
            "of L: where chains fall below L(w*), or the estimate is negative, the line above says so."
        ),
    ),
    keys=("epoch.reference", *AXIS_KEYS, "crosshair"),
    query=query,
    later=later,
    title=title,
    draw=draw,
    table=table,
    shows_phases=True,
)
