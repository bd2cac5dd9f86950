"""The factory for views that draw numbers of the run metrics as curves over epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from engine.networks.parts import Part
from grok_tui.render.cells import Drawing
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, curve_facts, draw_panels, no_key_frequencies
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_table, run_metrics_so_far
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

KeyFrequencies = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class CurveAnswer:
    """The answer of a view that `curve_view` builds."""

    epoch: int
    key_frequencies: KeyFrequencies  # at the reference epoch
    operation: str
    curves: Curves
    axes: AxesChoice
    why_absent: str | None  # why some curves are absent
    reference_epoch: int = 0


def _missing_parts(explorer: Explorer, parts: Sequence[Part]) -> str | None:
    """Which of some parts the network lacks; None if it has all."""
    config = explorer.run.config
    missing = [part for part in parts if part not in config.parts]
    return f"{config.description} has no {' and no '.join(missing)}" if missing else None


def curve_view(
    *,
    name: str,
    about: About,
    title: str,
    curves: Callable[[RunMetricsSnapshot, KeyFrequencies], Sequence[Curve]],
    panels: Sequence[Panel] | Callable[[KeyFrequencies], Sequence[Panel]],
    facts: Callable[[CurveAnswer], list[str]] | None = None,
    facts_format: str = ".3g",
    sum_directions: Literal["unused", "for some", "for all"] = "unused",
    needs_one_of: tuple[Part, ...] = (),
) -> View[CurveAnswer]:
    """Build a view of curves over epochs.

    `title` is followed by the epoch; `x±y` in it gets the sign of the run's operation. `curves` computes the curves
    from the run metrics, `panels` are the charts that show them. `facts` is the line above the charts; by default the
    values of the first panel's curves at the epoch, in `facts_format`. `sum_directions` says which curves need them:
    a run without them gets a note for "for some" and an error for "for all". Where the network lacks some of
    `needs_one_of`, a note says that curves are absent.
    """

    def panels_of(key_frequencies: KeyFrequencies) -> Sequence[Panel]:
        return panels(key_frequencies) if callable(panels) else panels

    @lru_cache(maxsize=8)  # charts are cached by the identity of their curves
    def cached_curves(run_metrics: RunMetricsSnapshot, key_frequencies: KeyFrequencies) -> Curves:
        return Curves.of(run_metrics, curves(run_metrics, key_frequencies))

    def query(explorer: Explorer, selection: Selection) -> CurveAnswer:
        run_metrics = run_metrics_so_far(explorer, selection, name)
        if sum_directions == "for all":
            explorer.config.task.require_sum_directions()
        key_frequencies = explorer.keys(selection.reference_epoch)
        no_sum_directions = explorer.config.task.no_sum_directions if sum_directions == "for some" else None
        return CurveAnswer(
            selection.epoch,
            key_frequencies,
            explorer.run.config.operation,
            cached_curves(run_metrics, key_frequencies),
            AxesChoice.of(selection),
            no_sum_directions or _missing_parts(explorer, needs_one_of),
            selection.reference_epoch,
        )

    def title_of(answer: CurveAnswer) -> str:
        return f"{with_operation_signs(title, answer.operation)} · epoch {answer.epoch:,}"

    def draw(answer: CurveAnswer, width: int, height: int, palette: Palette) -> Drawing:
        charts = panels_of(answer.key_frequencies)
        if facts is None:
            line = curve_facts(answer.curves, answer.epoch, charts[0].columns, facts_format)
        else:
            line = facts(answer)
        if sum_directions != "unused" and not answer.key_frequencies and answer.why_absent is None:
            line = [*line, no_key_frequencies(answer.reference_epoch)]
        if answer.why_absent is not None:
            line = [*line, f"some curves are absent: {answer.why_absent}"]
        return draw_panels(answer.curves, charts, answer.epoch, answer.axes, width, height, palette, line)

    def table(answer: CurveAnswer) -> Table:
        return curves_table(answer.curves)

    return View(
        name=name,
        about=about,
        query=query,
        title=title_of,
        draw=draw,
        table=table,
        over_epochs=True,
        needs_one_of=needs_one_of,
        log_y=any(panel.log_y for panel in panels_of(())),
        comparing=BY_CURVES,
        keys=(*AXIS_KEYS, "crosshair", "epoch.reference"),
    )
