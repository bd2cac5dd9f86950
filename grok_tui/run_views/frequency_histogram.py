"""How many runs have each key frequency, and how many key frequencies the runs have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.render.target import runs_target
from grok_tui.run_views.run_view import RunsView, ShownRuns
from grok_tui.views.shared.fact_line import flow, muted_line
from grok_tui.views.view import About

_TWO_CHARTS = 22  # lines


@dataclass(frozen=True, eq=False)
class HistogramAnswer:
    """Runs by key frequency [k - 1] and by number of key frequencies [n]; `moduli` are the p of the runs."""

    runs_by_frequency: tuple[tuple[Path, ...], ...]
    runs_by_number: tuple[tuple[Path, ...], ...]
    measured: int
    n_runs: int
    moduli: tuple[int, ...]
    current: tuple[int, ...]  # the key frequencies of the run under the cursor

    @property
    def by_frequency(self) -> tuple[int, ...]:
        """The numbers of runs."""
        return tuple(map(len, self.runs_by_frequency))

    @property
    def by_number(self) -> tuple[int, ...]:
        """The numbers of runs."""
        return tuple(map(len, self.runs_by_number))


def query(runs: ShownRuns) -> HistogramAnswer:
    rows = runs.chosen.rows
    found = [(row.measured.key_frequencies, row.path) for row in rows if row.measured is not None]
    moduli = sorted({p for row in rows if isinstance(p := row.settings.get("p"), int)})
    frequencies: dict[int, list[Path]] = defaultdict(list)
    numbers: dict[int, list[Path]] = defaultdict(list)
    for keys, path in found:
        numbers[len(keys)].append(path)
        for k in keys:
            frequencies[k].append(path)
    last = max([*frequencies, *(p // 2 for p in moduli)], default=0)
    current = runs.current.measured if runs.current is not None else None
    return HistogramAnswer(
        tuple(tuple(frequencies.get(k, ())) for k in range(1, last + 1)),
        tuple(tuple(numbers.get(n, ())) for n in range(max(numbers, default=-1) + 1)),
        len(found),
        len(rows),
        tuple(moduli),
        () if current is None else current.key_frequencies,
    )


def title(answer: HistogramAnswer) -> str:
    return f"key frequencies of {answer.measured:,} {'run' if answer.measured == 1 else 'runs'}"


def draw(answer: HistogramAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette)
    if not answer.measured:
        note = muted_line("no run on show has metrics yet", width, palette)
        return fit(above(head, note), width, height)
    room = max(height - head.height, 1)
    both = room >= _TWO_CHARTS
    upper = room * 3 // 5 if both else room
    charts = [
        bar_chart(
            np.array(answer.by_frequency, dtype=float),
            width,
            upper,
            palette,
            x_label="key frequency k",
            y_label="runs",
            highlight=answer.current,
            targets=[*map(runs_target, answer.runs_by_frequency)],
        )
    ]
    if both:
        highlight = (len(answer.current),) if answer.current else ()
        numbers = np.array(answer.by_number, dtype=float)
        lower = room - upper
        charts.append(
            bar_chart(
                numbers,
                width,
                lower,
                palette,
                first=0,
                x_label="number of key frequencies",
                y_label="runs",
                highlight=highlight,
                targets=[*map(runs_target, answer.runs_by_number)],
            )
        )
    return fit(above(head, *charts), width, height)


def _facts(answer: HistogramAnswer) -> list[str]:
    facts = []
    if answer.measured:
        total = sum(n * count for n, count in enumerate(answer.by_number))
        facts.append(f"{total / answer.measured:.3g} key frequencies a run")
    if missing := answer.n_runs - answer.measured:
        facts.append(f"{missing:,} without metrics")
    if len(answer.moduli) > 1:
        facts.append(f"p = {', '.join(map(str, answer.moduli))}: frequencies of different p are not the same waves")
    if answer.current:
        facts.append(f"marked: {', '.join(map(str, answer.current))} of the run under the cursor")
    return facts


def table(answer: HistogramAnswer) -> Table:
    columns = (Column("frequency", names=True), Column("runs", format=",d"), Column("share", format=".3f"))
    measured = answer.measured
    rows = ((k, n, n / measured if measured else None) for k, n in enumerate(answer.by_frequency, start=1))
    return Table(columns, tuple(rows))


VIEW = RunsView(
    name="histogram",
    about=About(
        shows=(
            "How many runs have each key frequency: a bar for each k = 1 .. floor(p/2). Below it, where there is room, "
            "how many runs have how many key frequencies. Pointers mark those of the run under the cursor."
        ),
        definition=(
            "The key frequencies of a run are those of at least max(2, 1% of d_mlp) neurons with a share of at least "
            "0.85, at its last checkpoint. Runs without metrics are not counted; their number is stated."
        ),
        reading=(
            "Nothing in the task prefers a frequency when p is prime: over many seeds the bars should be level, and a "
            "peak points to the initialisation. Runs of different p have different waves at the same k: filter by p. "
            "A click on a bar goes to its runs in the table, one after the other."
        ),
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
