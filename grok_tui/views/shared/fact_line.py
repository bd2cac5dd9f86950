"""The line of facts above the drawing of a view."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.fit_text import fit_text
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot

if TYPE_CHECKING:
    from engine.explorer.answers import NeuronFacts


def flow(parts: Sequence[str], width: int, palette: Palette, most: int = 2) -> Drawing:
    """Join the parts with dots; wrap to at most `most` lines and drop the rest. A part that is cut ends in …"""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] = f"{lines[-1]} · {part}"
        elif len(part) <= width:
            lines.append(part)
        else:  # its words take several lines, of which the last that fits has all the rest
            room = max(most - len(lines), 1)
            wrapped = wrap(part, max(width, 1))
            lines.extend([*wrapped[: room - 1], " ".join(wrapped[room - 1 :])] if len(wrapped) > room else wrapped)
    fitted = [palette.text(fit_text(line, width)) for line in (lines or [""])[:most]]
    drawing = Drawing.of_lines(fitted, width, palette.style(palette.foreground))
    return drawing.showing(TextPlot(" · ".join(parts))) if parts else drawing


def muted_line(text: str, width: int, palette: Palette) -> Drawing:
    """One line beside or in place of a drawing. If it is cut it ends in …"""
    return Drawing.of_lines([palette.fit(text, width)], width, palette.style(palette.muted))


def neuron_facts(facts: NeuronFacts, minus: NeuronFacts | None = None) -> list[str]:
    """The figures of a neuron, or their differences to another's. A dead neuron has no frequency."""
    if minus is not None:
        return _differences(facts, minus)
    active = f"active {facts.fraction_active:.0%}"
    if facts.frequency is None or facts.share is None or facts.variance_explained is None:
        return ["constant over all inputs: no frequency", active]
    return [
        f"freq {facts.frequency}",
        *(["cluster rest"] if facts.cluster is None else []),
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
