"""CPU time to draw an epoch step in each view, and the bytes sent, on the bundled run: `make bench`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from time import thread_time
from typing import Any

import torch
from rich.color import ColorSystem
from rich.style import Style as RichStyle

from engine import Explorer, open_run
from grok_tui.app.widgets.strips import changed_regions
from grok_tui.cli.open_explorer import DEMO
from grok_tui.render.cells import Drawing, slice_line
from grok_tui.render.palette import DARK, Palette
from grok_tui.session.selection import initial_selection
from grok_tui.terminal.thinning import OutputOptimizer
from grok_tui.views import VIEWS

SIZES = ((58, 18), (118, 38))
SENT = ("losses", "clusters", "neuron", "spectrum")  # the overview
STEPS = 20
COLOUR_SYSTEMS = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT}


def drawing_times(view: str, answers: Sequence[Any], size: tuple[int, int], palette: Palette) -> list[float]:
    """Milliseconds of CPU to draw each answer for the first time."""
    times = []
    for answer in answers:
        begin = thread_time()
        VIEWS[view].draw(answer, *size, palette)
        times.append((thread_time() - begin) * 1e3)
    return times


def bytes_sent(before: Drawing, after: Drawing, colour_system: ColorSystem) -> int:
    """The bytes that a pane sends for the cells that changed: what Textual writes, optimised as in the app."""
    output = []
    for region in changed_regions(before, after):
        output.append(f"\x1b[{region.y + 1};{region.x + 1}H")
        for text, style in slice_line(after.lines[region.y], region.x, region.right):
            rich_style = RichStyle(
                color=style.fg or DARK.foreground, bgcolor=style.bg or DARK.background, bold=style.bold or None
            )
            output.append(rich_style.render(text, color_system=colour_system))
    return len(OutputOptimizer()("".join(output)).encode())


def bench_drawing(answers: dict[str, list[Any]], palette: Palette = DARK) -> None:
    """Print the median milliseconds of each view to draw another epoch."""
    print("draw, ms of CPU     " + "".join(f"{width}x{height}".rjust(10) for width, height in SIZES))
    for view, of_view in answers.items():
        for size in SIZES:
            VIEWS[view].draw(of_view[0], *size, palette)
        medians = [statistics.median(drawing_times(view, of_view[1:], size, palette)) for size in SIZES]
        print(f"  {view:18s}" + "".join(f"{time:10.2f}" for time in medians))


def bench_bytes(answers: dict[str, list[Any]], palette: Palette = DARK) -> None:
    """Print the median bytes of an epoch step in the panes of the overview."""
    print("bytes a step        " + "".join(f"{name:>12s}" for name in COLOUR_SYSTEMS))
    totals = [0.0, 0.0]
    for view in SENT:
        drawings = [VIEWS[view].draw(answer, *SIZES[0], palette) for answer in answers[view]]
        medians = []
        for colour_system in COLOUR_SYSTEMS.values():
            steps = pairwise(drawings)
            medians.append(statistics.median(bytes_sent(before, after, colour_system) for before, after in steps))
        totals = [total + median for total, median in zip(totals, medians, strict=True)]
        print(f"  {view:18s}" + "".join(f"{median:12,.0f}" for median in medians))
    print(f"  {'together':18s}" + "".join(f"{total:12,.0f}" for total in totals))


def answers_of(explorer: Explorer, views: Sequence[str]) -> dict[str, list[Any]]:
    """The answers of each view at consecutive epochs around grokking, with complete run metrics."""
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    start = initial_selection(explorer, neuron=7)
    epochs = explorer.epochs[25 : 26 + STEPS]
    return {name: [VIEWS[name].query(explorer, replace(start, epoch=epoch)) for epoch in epochs] for name in views}


def main() -> None:
    with torch.no_grad():
        answers = answers_of(Explorer(open_run(DEMO)), list(VIEWS))
    bench_drawing(answers)
    bench_bytes(answers)


if __name__ == "__main__":
    main()
