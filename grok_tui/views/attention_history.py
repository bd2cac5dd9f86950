"""The mean attention of each head over epochs, and the difference between x and y."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, run_metrics_so_far
from grok_tui.views.view import AXIS_KEYS, HEAD_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEAST_WIDTH = 28


@dataclass(frozen=True, eq=False)
class AttentionHistoryAnswer:
    epoch: int
    head: int
    n_heads: int
    tokens: tuple[str, ...]  # the token at each position: `x`, `y`, `=`
    read: str  # the position that it is from
    curves: Curves
    axes: AxesChoice


def query(explorer: Explorer, selection: Selection) -> AttentionHistoryAnswer:
    run_metrics, config = run_metrics_so_far(explorer, selection, "attention-history"), explorer.run.config
    tokens = config.positions
    curves = _curves(run_metrics, config.n_heads, tokens)
    return AttentionHistoryAnswer(
        selection.epoch, selection.head, config.n_heads, tokens, config.read_position, curves, AxesChoice.of(selection)
    )


@lru_cache(maxsize=8)
def _curves(run_metrics: RunMetricsSnapshot, n_heads: int, tokens: tuple[str, ...]) -> Curves:
    pattern = np.array([metrics.report["attention"] for metrics in run_metrics.metrics], dtype=np.float64)
    pattern = pattern.reshape(-1, n_heads, len(tokens))  # [epoch, head, position]
    positions = [
        Curve(_column(head, position), token, pattern[:, head, position], position)
        for head in range(n_heads)
        for position, token in enumerate(tokens)
    ]
    lead = pattern[:, :, tokens.index("x")] - pattern[:, :, tokens.index("y")]
    leads = [Curve(f"head_{head}_lead", f"{head}", lead[:, head]) for head in range(n_heads)]
    return Curves.of(run_metrics, [*positions, *leads])


def _column(head: int, position: int) -> str:
    return f"head_{head}_position_{position}"


def title(answer: AttentionHistoryAnswer) -> str:
    return f"attention from {answer.read} · epoch {answer.epoch:,} · head {answer.head}"


def draw(answer: AttentionHistoryAnswer, width: int, height: int, palette: Palette) -> Drawing:
    heads = [answer.head, *(head for head in range(answer.n_heads) if head != answer.head)]
    by_head = [
        Panel(
            tuple(_column(head, position) for position in range(len(answer.tokens))),
            f"head {head}",
            y_range=(0.0, 1.0),
        )
        for head in heads
    ]
    leads = Panel(tuple(f"head_{head}_lead" for head in range(answer.n_heads)), "x - y")
    # A small pane shows the first one or two panels only: the most informative come first.
    panels = [by_head[0], leads, *by_head[1:]]
    return draw_panels(
        answer.curves, panels, answer.epoch, answer.axes, width, height, palette, _facts(answer), _LEAST_WIDTH
    )


def _facts(answer: AttentionHistoryAnswer) -> list[str]:
    values = [answer.curves.at(answer.epoch, f"head_{head}_lead") for head in range(answer.n_heads)]
    by_head = [f"head {head} {value:+.3f}" for head, value in enumerate(values) if value is not None]
    return ["attention to x - to y", *by_head] if by_head else []


def table(answer: AttentionHistoryAnswer) -> Table:
    columns = ("epoch", "head", "position", "token")
    values = {curve.column: curve.values.tolist() for curve in answer.curves.curves}
    rows = tuple(
        (int(epoch), head, position, token, values[_column(head, position)][index])
        for index, epoch in enumerate(answer.curves.epochs)
        for head in range(answer.n_heads)
        for position, token in enumerate(answer.tokens)
    )
    return Table((*(Column(name) for name in columns), Column("attention", format=".4f")), rows, keys=4)


VIEW = View(
    name="attention-history",
    about=About(
        shows=(
            "What each head attends to, over the epochs. One chart for each head: the mean attention to each position "
            "of the prompt, from 0 to 1, the selected head first. One chart `x - y`: for every head the attention to x "
            "minus that to y. Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "For each checkpoint and head, the attention from the position that is read (softmax of q · k / "
            "sqrt(d_head)), mean over all p^2 inputs. A head's values add up to 1.\n"
            "  x - y = mean attention to x - mean attention to y\n"
            "which is 0 if a head treats both alike."
        ),
        reading=(
            "Attention to `=` starts at its even share and vanishes within about a hundred epochs. Then heads may "
            "prefer x or y for thousands of epochs: the difference is far from 0. It goes to 0 at grokking, and the "
            "curves of x and y meet at one half: commutativity, which x + y = y + x requires (and x - y does not). A "
            "mean hides heads that attend to x for some inputs and to y for others: `attention` has the spread."
        ),
    ),
    needs=("attention",),
    keys=(*HEAD_KEYS, *AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
