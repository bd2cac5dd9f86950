"""Tables never cut a number and always show the selected row."""

import pytest
from rich.cells import cell_len

from grok_tui.render.cell_text import from_cells
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO
from grok_tui.render.readout import readout_at, selectable_rows
from grok_tui.render.table import (
    THREE_DIGITS,
    Column,
    Table,
    draw_table,
    table_width,
    text_of,
    three_digits,
    with_labels,
)
from grok_tui.render.target import Target

TABLE = Table(
    (Column("freq", format="d"), Column("loss", ".3e", "loss (nats)"), Column("what it does"), Column("late")),
    tuple((k, None if k == 3 else 10.0**-k, "carries the cosine of x + y", k > 5) for k in range(40)),
)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (5, 2), (12, 3), (30, 8), (60, 20), (120, 50)])
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("selected", [None, 0, 39])
def test_a_table_has_exactly_the_requested_size(size, palette, selected):
    drawing = draw_table(TABLE, *size, palette, selected=selected)
    assert (drawing.width, drawing.height) == size
    assert {sum(len(span.text) for span in line) for line in drawing.lines} <= {size[0]}


def test_numbers_are_aligned_right_text_left_and_none_is_a_dash():
    lines = draw_table(TABLE, 80, 50, DARK).plain().split("\n")
    title = "what it does".ljust(len("carries the cosine of x + y"))
    assert lines[0] == f"freq  loss (nats)  {title}  late"
    assert lines[1].startswith("   0    1.000e+00  carries the cosine")
    assert lines[4].split()[:2] == ["3", "–"]


def test_a_narrow_table_shortens_text_then_drops_columns_but_never_cuts_a_number():
    narrow = draw_table(TABLE, 40, 5, DARK).plain()
    assert "1.000e+00" in narrow
    assert "…" in narrow.split("\n")[1]
    narrower = draw_table(TABLE, 20, 5, DARK).plain()
    assert "1.000e+00" in narrower
    assert "carries" not in narrower
    assert narrower.split("\n")[0].endswith("…")


def test_the_selected_row_is_visible_and_has_a_mark_besides_its_colour():
    lines = draw_table(TABLE, 60, 10, DARK, selected=30).plain().split("\n")
    (selected_line,) = [line for line in lines if line.startswith("▸")]
    assert selected_line.split()[1] == "30"
    assert lines[-1].strip() == "… 26 more above, 6 below"
    assert any(line.startswith(">") for line in draw_table(TABLE, 60, 10, ASCII, selected=3).plain().split("\n"))


def test_control_characters_in_a_cell_are_replaced():
    table = Table((Column("file"),), (("evil\x1b[2J\n.pth",),))
    assert "evil·[2J·.pth" in draw_table(table, 30, 3, DARK).plain()


def test_at_its_own_width_nothing_is_cut():
    width = table_width(TABLE)
    assert "…" not in draw_table(TABLE, width, 50, DARK).plain()
    assert "…" in draw_table(TABLE, width - 1, 50, DARK).plain()


def test_columns_of_wide_letters_are_aligned() -> None:
    table = Table((Column("run"), Column("p")), (("実験-モデル", 7), ("plain", 11), ("größe", 113)))
    for width in range(4, 24):
        drawing = draw_table(table, width, 4, DARK)
        assert {cell_len(from_cells("".join(span.text for span in line))) for line in drawing.lines} == {width}
    assert drawing.plain().splitlines() == [
        "run            p",
        "実験-モデル    7",
        "plain         11",
        "größe        113",
    ]


def test_a_labelled_column_has_its_texts_at_the_end() -> None:
    columns = (Column("frequency", absent="rest", label="cluster"), Column("value"))
    labelled = with_labels(Table(columns, ((14, 1.5), (None, 2.5)), keys=1))
    assert [column.name for column in labelled.columns] == ["frequency", "value", "cluster"]
    assert labelled.rows == ((14, 1.5, "14"), (None, 2.5, "rest"))
    assert labelled.keys == 1
    plain = Table((Column("a"),), ((1,),))
    assert with_labels(plain) == plain


@pytest.mark.parametrize(("height", "selected"), [(50, None), (10, None), (10, 30), (4, 39)])
def test_a_line_reads_all_columns_of_its_row_and_selects_it(height, selected):
    targets = [Target(neuron=index) if index % 2 == 0 else None for index in range(40)]
    drawing = draw_table(TABLE, 20, height, DARK, selected=selected, targets=targets)
    lines = drawing.plain().split("\n")
    read = {row: found for row in range(height) if (found := readout_at(drawing.areas, 5, row)) is not None}
    assert read
    for row, readout in read.items():
        index = int(lines[row].removeprefix("▸").split()[0])
        assert readout.text.startswith(f"freq {index}, loss (nats) ")
        assert readout.text.endswith(f", late {'yes' if index > 5 else 'no'}")
        assert readout.target == targets[index]
    assert [target for _, target in selectable_rows(drawing.areas)] == [r.target for r in read.values() if r.target]


def test_a_table_without_rows_has_nothing_to_read():
    assert draw_table(Table(TABLE.columns, ()), 30, 5, DARK).areas == ()


def test_three_digits_have_one_form_from_small_to_large():
    values = (0.0, 0.8591, 3.3, 722.4, 1_994.0, 19_950.0, 108_400.0, 9.99e6, 1e7, 2e-4)
    texts = ["0", "0.859", "3.30", "722", "1,990", "20,000", "108,000", "9,990,000", "1.00e+07", "2.00e-04"]
    assert [three_digits(value) for value in values] == texts
    assert [three_digits(value) for value in (-1_994.0, float("inf"), float("nan"))] == ["-1,990", "inf", "nan"]
    column = Column("ratio_delta", format="+" + THREE_DIGITS)
    assert [text_of(value, column) for value in (1_994.0, -1_994.0)] == ["+1,990", "-1,990"]
