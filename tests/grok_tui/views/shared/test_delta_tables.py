"""Two tables joined by their keys, with the differences of their numbers."""

from __future__ import annotations

from grok_tui.render.palette import MONO
from grok_tui.render.table import Column, Table, draw_table
from grok_tui.views.shared.delta_tables import at_epoch, by_quantity, compare_tables, without_b

A = Table((Column("k"), Column("loss"), Column("freq", names=True)), ((1, 0.5, 7), (2, 1.5, 8)))
B = Table(A.columns, ((2, 1.0, 9), (3, 4.0, 9)))


def names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def test_rows_are_joined_by_key_and_numbers_subtracted() -> None:
    joined = compare_tables(A, B)
    assert names(joined) == ["k", "loss_a", "loss_b", "loss_delta", "freq_a", "freq_b"]
    assert joined.rows == ((1, 0.5, None, None, 7, None), (2, 1.5, 1.0, 0.5, 8, 9), (3, None, 4.0, None, None, 9))


def test_columns_of_b_that_have_a_delta_can_be_dropped() -> None:
    assert names(without_b(compare_tables(A, B))) == ["k", "loss_a", "loss_delta", "freq_a", "freq_b"]


def test_a_single_row_without_keys_is_transposed() -> None:
    a, b = (Table((Column("loss"), Column("norm")), (row,), keys=0) for row in ((3.0, 5.0), (1.0, 4.0)))
    table = by_quantity(compare_tables(a, b), "epoch 2", "epoch 1")
    assert names(table) == ["quantity", "epoch 2", "epoch 1", "delta"]
    assert table.rows == (("loss", 3.0, 1.0, 2.0), ("norm", 5.0, 4.0, 1.0))


def test_the_rows_of_one_epoch_have_no_epoch_column() -> None:
    table = Table((Column("epoch"), Column("loss")), ((0, 4.7), (10, 0.1)))
    assert at_epoch(table, 10) == Table((Column("loss"),), ((0.1,),), keys=0)


def test_a_delta_is_signed_once_and_in_the_format_of_its_column() -> None:
    signed = Table((Column("k"), Column("change", format="+.3g")), ((1, 0.5),))
    other = Table(signed.columns, ((1, 1.5868131134217593),))
    compared = compare_tables(signed, other)
    assert compared.columns[-1].format == "+.3g"
    assert "-1.09" in draw_table(compared, 60, 4, MONO).plain()
