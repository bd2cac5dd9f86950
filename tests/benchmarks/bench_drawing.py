"""What a step costs to draw and to send, each view at pane size, on the bundled run: `make bench`."""

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
    """Milliseconds of CPU for each answer, none drawn before."""
    times = []
    for answer in answers:
        begin = thread_time()
        VIEWS[view].draw(answer, *size, palette)
        times.append((thread_time() - begin) * 1e3)
    return times


def bytes_sent(before: Drawing, after: Drawing, colour_system: ColorSystem) -> int:
    """The bytes that a pane sends for the cells that changed: what Textual writes, optimised as in the app."""
    written = []
    for region in changed_regions(before, after):
        written.append(f"\x1b[{region.y + 1};{region.x + 1}H")
        for text, style in slice_line(after.lines[region.y], region.x, region.right):
            rich_style = RichStyle(
                color=style.fg or DARK.foreground, bgcolor=style.bg or DARK.background, bold=style.bold or None
            )
            written.append(rich_style.render(text, color_system=colour_system))
    return len(OutputOptimizer()("".join(written)).encode())


def bench_drawing(asked: dict[str, list[Any]], palette: Palette = DARK) -> None:
    """Median milliseconds of a view that shows another epoch."""
    print("draw, ms of CPU     " + "".join(f"{width}x{height}".rjust(10) for width, height in SIZES))
    for view, answers in asked.items():
        for size in SIZES:
            VIEWS[view].draw(answers[0], *size, palette)
        found = [statistics.median(drawing_times(view, answers[1:], size, palette)) for size in SIZES]
        print(f"  {view:18s}" + "".join(f"{time:10.2f}" for time in found))


def bench_bytes(asked: dict[str, list[Any]], palette: Palette = DARK) -> None:
    """Median bytes of an epoch step in the panes of the overview."""
    print("bytes a step        " + "".join(f"{name:>12s}" for name in COLOUR_SYSTEMS))
    totals = [0.0, 0.0]
    for view in SENT:
        drawings = [VIEWS[view].draw(answer, *SIZES[0], palette) for answer in asked[view]]
        found = []
        for colour_system in COLOUR_SYSTEMS.values():
            steps = pairwise(drawings)
            found.append(statistics.median(bytes_sent(one, other, colour_system) for one, other in steps))
        totals = [total + one for total, one in zip(totals, found, strict=True)]
        print(f"  {view:18s}" + "".join(f"{one:12,.0f}" for one in found))
    print(f"  {'together':18s}" + "".join(f"{one:12,.0f}" for one in totals))


def answers_of(explorer: Explorer, views: Sequence[str]) -> dict[str, list[Any]]:
    """Each view's answers at consecutive epochs around the grokking, all checkpoints measured."""
    for _ in explorer.run_metrics(explorer.epochs[-1]).steps():
        pass
    start = initial_selection(explorer, neuron=7)
    epochs = explorer.epochs[25 : 26 + STEPS]
    return {name: [VIEWS[name].query(explorer, replace(start, epoch=epoch)) for epoch in epochs] for name in views}


def main() -> None:
    with torch.no_grad():
        asked = answers_of(Explorer(open_run(DEMO)), list(VIEWS))
    bench_drawing(asked)
    bench_bytes(asked)


if __name__ == "__main__":
    main()
