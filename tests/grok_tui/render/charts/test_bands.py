"""Bands shade an interval of x and write its name where the chart is blank."""

from dataclasses import replace

from rich.color import Color, ColorSystem

from grok_tui.render.cells import Drawing
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.bands import band_backgrounds, band_columns, label_bands
from grok_tui.render.palette import DARK, MONO, luminance

AXIS = Axis(0.0, 99.0, False)
BANDS = [(0.0, 30.0, "memorisation"), (30.0, 200.0, "cleanup")]


def test_bands_have_the_columns_of_their_interval_clipped_to_the_axis():
    assert band_columns(BANDS, AXIS, 50) == [(0, 15), (15, 50)]


def test_on_a_log_axis_a_band_from_zero_starts_at_the_low_end():
    assert band_columns([(0.0, 10.0, "start")], Axis(1.0, 100.0, True), 21) == [(0, 10)]


def test_neighbouring_bands_have_different_backgrounds():
    backgrounds = band_backgrounds(BANDS, [(0, 2), (2, 3)], 4, DARK)
    assert backgrounds[0] == backgrounds[1] != backgrounds[2]
    assert backgrounds[3] is None
    assert band_backgrounds(BANDS, [(0, 2), (2, 3)], 4, MONO) == [None] * 4


def test_a_name_is_written_on_the_first_row_that_is_blank_there():
    canvas = Drawing.of_lines(["        xxxx" + " " * 38, " " * 50])
    lines = label_bands(canvas, BANDS, [(0, 15), (15, 50)], DARK).plain().split("\n")
    assert lines == ["        xxxx    cleanup", " memorisation"]


def test_a_name_longer_than_its_band_is_its_first_word_or_letter():
    canvas, circuit = Drawing.of_lines([" " * 50]), [(0.0, 9.0, "circuit formation")]
    written = [label_bands(canvas, circuit, [(0, end)], DARK).plain().strip() for end in (19, 18, 9, 7, 6, 1)]
    assert written == ["circuit formation", "circuit formation", "circuit", "circuit", "C", "C"]


def test_names_of_narrow_bands_that_touch_are_separate():
    bands = [(0.0, 2.0, "memorisation"), (2.0, 20.0, "circuit formation")]
    assert label_bands(Drawing.of_lines([" " * 20]), bands, [(0, 1), (1, 10)], DARK).plain().rstrip() == "M circuit"


def test_a_phase_has_its_own_tint_wherever_it_stands():
    alone = band_backgrounds(BANDS[1:], [(0, 3)], 3, DARK)
    assert set(alone) == {band_backgrounds(BANDS, [(0, 2), (2, 3)], 3, DARK)[2]}


def test_without_colour_a_band_has_edges():
    canvas = Drawing.of_lines([" " * 50])
    assert label_bands(canvas, BANDS[1:], [(15, 40)], MONO).plain() == " " * 15 + "┊cleanup" + " " * 17 + "┊"


def test_letters_tell_bands_apart():
    bands = [(0.0, 6.0, "memorisation"), (6.0, 14.0, "circuit formation"), (14.0, 20.0, "cleanup")]
    ranges = [(0, 3), (3, 7), (7, 11)]
    assert label_bands(Drawing.of_lines([" " * 20]), bands, ranges, DARK).plain().rstrip() == " M  Ci  Cl"


def test_with_256_colours_no_background_is_darker_than_the_chart():
    palette = replace(DARK, colours="256")
    chart, *shown = (
        luminance(Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex)
        for colour in (palette.background, *band_backgrounds(BANDS, [(0, 1), (1, 2)], 2, palette))
    )
    assert min(shown) > chart
