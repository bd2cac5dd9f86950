"""The parts of the network that can be ablated: their states, and their list in the pane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from grok_tui.render.cells import Drawing, Line, Span
from grok_tui.render.palette import Palette, mix
from grok_tui.render.plots import TablePlot
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.table import Column, Table
from grok_tui.render.target import Target, cluster_target
from grok_tui.session.ablation_selection import cluster_name
from grok_tui.session.selection import cluster_of

if TYPE_CHECKING:
    from engine.metrics.neuron_clusters import Cluster
    from engine.networks.network_config import NetworkConfig
    from grok_tui.session.selection import Selection

PART_COLUMNS, NEURON_COLUMNS = 21, 9  # of the list of parts, and of its optional column of neurons

State = Literal["in", "out", "terms"]
_STATE_LABELS: dict[State, str] = {"in": "intact", "out": "ablated", "terms": "terms"}


@dataclass(frozen=True)
class Part:
    """A part of the network that can be ablated."""

    name: str
    neurons: int | None  # None for heads and the direct path
    state: State
    selected: bool  # whether the keys act on it
    target: Target | None = None  # what selects it; None for the direct path


def query_parts(clusters: Sequence[Cluster], config: NetworkConfig, selection: Selection) -> tuple[Part, ...]:
    """The clusters, the heads and the direct path, as far as the network has them."""
    ablation, selected = selection.ablation, cluster_of(clusters, selection.neuron)
    only_key_frequencies = ablation.preset in ("key-frequencies", "key-frequencies-no-rest")
    no_rest = ablation.preset == "key-frequencies-no-rest"

    def cluster_state(frequency: int | None) -> State:
        if frequency in ablation.clusters or (no_rest and frequency is None):
            return "out"
        return "terms" if only_key_frequencies and frequency is not None else "in"

    def state(ablated: bool) -> State:
        return "out" if ablated else "in"

    neurons = (
        Part(
            cluster_name(c.frequency),
            len(c.neurons),
            cluster_state(c.frequency),
            index == selected,
            cluster_target(c.frequency),
        )
        for index, c in enumerate(clusters)
    )
    heads = (
        Part(f"head {h}", None, state(h in ablation.heads), h == selection.head, Target(head=h))
        for h in range(config.n_heads)
    )
    if "direct path" not in config.parts:
        return (*neurons, *heads)
    no_direct_path = ablation.direct or (only_key_frequencies and "W_logit" in config.parts)
    return (*neurons, *heads, Part("direct path", None, state(no_direct_path), False))


def draw_parts(parts: Sequence[Part], width: int, height: int, palette: Palette) -> Drawing:
    """One line per part; where not all fit, selected parts have priority, then ablated ones."""
    count = len(parts) if len(parts) < height else max(height - 2, 0)
    priority = sorted(range(len(parts)), key=lambda i: (not parts[i].selected, parts[i].state == "in", i))
    shown = [parts[i] for i in sorted(priority[:count])]
    with_neurons = width >= PART_COLUMNS + NEURON_COLUMNS

    def row(mark: str, name: str, neurons: str, state: str) -> str:
        return palette.text(f"{mark} {name:<12}{f'{neurons:>{NEURON_COLUMNS - 2}}  ' if with_neurons else ''}{state}")

    lines: list[Line] = [(Span(row(" ", "part", "neurons", "state"), palette.style(palette.muted, bold=True)),)]
    for part in shown:
        neurons = "" if part.neurons is None else f"{part.neurons:,}"
        text = row("▸" if part.selected else " ", part.name, neurons, _STATE_LABELS[part.state])
        ink = {"in": palette.foreground, "out": palette.warning, "terms": palette.accent}[part.state]
        background = mix(palette.background, palette.accent, 0.22) if part.selected else None
        lines.append((Span(text.ljust(width), palette.style(ink, background, bold=part.selected)),))
    if count < len(parts):
        note = f"  … {len(parts) - count:,} more"
        lines.append((Span(palette.text(note), palette.style(palette.muted)),))
    rows = tuple((part.name, part.neurons, _STATE_LABELS[part.state]) for part in parts)
    columns = Column("part"), Column("neurons", format=",d"), Column("state")
    drawing = Drawing.of_lines(lines, width).showing(TablePlot(Table(columns, rows)))

    def read(column: int, row: int) -> Readout:
        part = shown[row]
        neurons = "" if part.neurons is None else f"{part.neurons:,} neurons, "
        return Readout(f"{part.name}: {neurons}{_STATE_LABELS[part.state]}", part.target)

    return replace(drawing, areas=(ReadoutArea(0, 1, width, len(shown), read, rows=True),) if shown else ())
