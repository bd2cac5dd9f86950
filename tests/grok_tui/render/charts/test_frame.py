"""A small chart loses its axes, then its header; the frame has ticks, labels and pointers."""

import pytest

from grok_tui.render.cells import Drawing, Span, Style
from grok_tui.render.charts.frame import PlotArea, draw_frame, header_line, plot_area
from grok_tui.render.palette import ASCII, DARK


@pytest.mark.parametrize(
    ("size", "area"),
    [
        ((40, 10), PlotArea(left=5, top=1, columns=35, rows=7, axes=True)),
        ((11, 10), PlotArea(left=0, top=1, columns=11, rows=9, axes=False)),
        ((40, 4), PlotArea(left=0, top=1, columns=40, rows=3, axes=False)),
        ((40, 3), PlotArea(left=0, top=0, columns=40, rows=3, axes=False)),
        ((0, 0), PlotArea(left=0, top=0, columns=0, rows=0, axes=False)),
    ],
)
def test_small_charts_have_no_axes_then_no_header(size: tuple[int, int], area: PlotArea):
    assert plot_area(*size, widest_tick=3, header=True) == area


def test_a_frame_has_ticks_labels_and_pointers():
    area = PlotArea(left=3, top=1, columns=12, rows=2, axes=True)
    drawing = draw_frame(
        Drawing.of_lines(["*" * 12] * 2),
        area,
        DARK,
        y_ticks=[(0, "9"), (2, "0")],
        x_choices=[[(0, "0"), (7, "7"), (8, "8"), (11, "11")], [(0, "0"), (11, "11")]],
        x_label="k",
        width=15,
        header=(Span("loss"),),
        marked={4: DARK.style(DARK.accent)},
    )
    assert drawing.plain().split("\n") == [
        "loss",
        " 9┤" + "*" * 12,
        "  │" + "*" * 12,
        " 0└┬───▲──────┬",
        " k 0         11",
    ]


ENTRIES = [Span("━━ train"), Span("━━ test")]


def test_a_header_has_the_label_the_note_and_the_legend():
    text = "".join(span.text for span in header_line("loss", ENTRIES, 60, DARK, "2 points off the axis"))
    assert text == "loss  (2 points off the axis)   ━━ train   ━━ test"


def test_entries_of_the_legend_that_do_not_fit_become_an_ellipsis():
    line = header_line("loss", ENTRIES, 17, DARK)
    assert "".join(span.text for span in line) == "loss ━━ train …"
    assert line[0].style == Style(DARK.foreground)
    assert "".join(span.text for span in header_line("loss", ENTRIES[:1], 8, ASCII)) == "loss ~"
