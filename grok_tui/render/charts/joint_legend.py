"""A shorter legend for the curves of two runs: one entry for two curves that differ in their brightness alone."""

from __future__ import annotations

from collections.abc import Sequence

from grok_tui.render.cells import Span, Style
from grok_tui.render.charts.series import Series


def joint_legend(
    series: Sequence[Series], entries: Sequence[Span], styles: Sequence[Style], muted: Style
) -> list[Span]:
    """`train`, `test`, `B dimmer` for the entries `train A`, `test A`, `train B`, `test B`; others as they are.

    `entries` are those of the series with a name, `styles` those of all series.
    """
    named = [(s, style) for s, style in zip(series, styles, strict=True) if s.label or s.name]
    bright, dim = (
        {_parts(s): (entry, style) for entry, (s, style) in zip(entries, named, strict=True) if s.dim is is_dim}
        for is_dim in (False, True)
    )
    sides = {side for _, side in dim}
    if len(sides) != 1 or len({side for _, side in bright}) != 1 or {name for name, _ in bright} != {n for n, _ in dim}:
        return list(entries)
    (side,) = sides
    if any(style == dim[name, side][1] for (name, _), (_, style) in bright.items()):
        return list(entries)  # as in 16 colours
    joint = [Span(entry.text.rpartition(" ")[0], entry.style) for entry, _ in bright.values()]
    return [*joint, Span(f"{side} dimmer", muted)]


def _parts(series: Series) -> tuple[str, str]:
    """The name of a curve and of its run, `("train", "A")` for `train A`."""
    name, _, side = (series.label or series.name).rpartition(" ")
    return name, side
