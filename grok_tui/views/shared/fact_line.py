"""The line of facts above the drawing of a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette

if TYPE_CHECKING:
    from engine.explorer.answers import NeuronFacts


def flow(parts: Sequence[str], width: int, palette: Palette, most: int = 2) -> Drawing:
    """Join the parts with dots; wrap to at most `most` lines and drop the rest. A part that is too long ends in …"""
    lines = [""]
    for part in (part if len(part) <= width else f"{part[: width - 1]}…" for part in parts):
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(part)
    return Drawing.of_lines([palette.text(line) for line in lines[:most]], width, palette.style(palette.foreground))


def neuron_facts(facts: NeuronFacts, minus: NeuronFacts | None = None) -> list[str]:
    """The figures of a neuron, or their differences to another's. A dead neuron has no frequency."""
    if minus is not None:
        return _differences(facts, minus)
    active = f"active {facts.fraction_active:.0%}"
    if facts.frequency is None or facts.share is None or facts.variance_explained is None:
        return ["constant over all inputs: no frequency", active]
    rest = ", rest" if facts.cluster is None else ""
    return [
        f"freq {facts.frequency}{rest}",
        f"share {facts.share:.3f}",
        f"var. expl. {facts.variance_explained:.3f}",
        active,
    ]


def _differences(a: NeuronFacts, b: NeuronFacts) -> list[str]:
    frequencies = ("none" if facts.frequency is None else str(facts.frequency) for facts in (a, b))
    shares = (("share", a.share, b.share), ("var. expl.", a.variance_explained, b.variance_explained))
    return [
        f"freq {' against '.join(frequencies)}",
        *(f"{name} {x - y:+.3f}" for name, x, y in shares if x is not None and y is not None),
        f"active {a.fraction_active - b.fraction_active:+.0%}",
    ]
