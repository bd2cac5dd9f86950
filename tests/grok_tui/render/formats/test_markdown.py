"""Tables as Markdown."""

from __future__ import annotations

from grok_tui.render.formats.markdown import to_markdown
from grok_tui.render.table import Column, Table


def test_numbers_are_on_the_right_in_their_format_and_absent_values_are_dashes() -> None:
    table = Table((Column("run"), Column("epochs", ",d"), Column("loss", ".2e")), (("a", 1200, 0.5), ("b", None, None)))
    assert to_markdown(table).splitlines() == [
        "| run | epochs | loss |",
        "| --- | ---: | ---: |",
        "| a | 1,200 | 5.00e-01 |",
        "| b | – | – |",
    ]


def test_bars_and_control_characters_of_names_do_not_break_the_table() -> None:
    assert "| a\\|b·c |" in to_markdown(Table((Column("run"),), (("a|b\x1bc",),)))


def test_wide_characters_are_written_once() -> None:
    assert "| 実験 |" in to_markdown(Table((Column("run"),), (("実験",),)))
