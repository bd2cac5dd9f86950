"""The strips of a drawing, and the regions of it that are repainted."""

from __future__ import annotations

import random

import pytest
from rich.style import Style as RichStyle
from textual.geometry import Region

from grok_tui.app.widgets.strips import LineStrips, changed_regions
from grok_tui.render.cells import Drawing, Span, Style, merge_spans

RED, BLUE = Style("#ff0000"), Style("#0000ff")


def drawing(*lines: tuple[Span, ...]) -> Drawing:
    return Drawing(sum(len(span.text) for span in lines[0]), lines)


def test_of_a_title_only_the_epoch_is_repainted() -> None:
    before = drawing((Span("── losses · epoch 5,000 ──", RED),))
    after = drawing((Span("── losses · epoch 4,500 ──", RED),))
    assert changed_regions(before, after) == [Region(18, 0, 3, 1)]
    assert changed_regions(before, before) == []


def test_a_change_of_style_repaints_the_span() -> None:
    before, after = drawing((Span("abc", RED), Span("def", BLUE))), drawing((Span("abcdef", RED),))
    assert changed_regions(before, after) == [Region(3, 0, 3, 1)]


def test_a_wide_character_is_repainted_whole() -> None:
    before, after = (Drawing.of_lines([text], style=RED) for text in ("ab文cd", "ab数cd"))
    assert changed_regions(before, after) == [Region(0, 0, 6, 1)]


@pytest.mark.parametrize("seed", range(30))
def test_no_cell_outside_the_regions_has_changed(seed) -> None:
    rng = random.Random(seed)

    def line() -> tuple[Span, ...]:
        return merge_spans(Span(rng.choice("ab"), rng.choice((RED, BLUE))) for _ in range(8))

    before, after = drawing(line()), drawing(line())
    cells = [[(each, span.style) for span in shown.lines[0] for each in span.text] for shown in (before, after)]
    changed = [x for x, (one, other) in enumerate(zip(*cells, strict=True)) if one != other]
    (region,) = changed_regions(before, after) or [Region()]
    assert all(region.x <= x < region.right for x in changed)
    assert (region.x, region.right) == ((changed[0], changed[-1] + 1) if changed else (0, 0))


def test_a_line_keeps_its_strip_until_its_cells_or_the_base_style_change() -> None:
    strips, base = LineStrips(), RichStyle(bgcolor="#000000")
    first = strips.of(0, (Span("abc", RED),), 3, base)
    assert strips.of(0, (Span("abc", RED),), 3, base) is first
    assert [segment.text for segment in strips.of(0, (Span("abd", RED),), 3, base)] == ["abd"]
    (segment,) = strips.of(0, (Span("abc", RED),), 3, RichStyle(bgcolor="#ffffff"))
    assert segment.style == RichStyle(color="#ff0000", bgcolor="#ffffff")
