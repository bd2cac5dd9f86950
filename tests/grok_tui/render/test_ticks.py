"""The numbers of an axis are round, short and do not overlap."""

from grok_tui.render.ticks import (
    format_tick,
    index_ticks,
    linear_ticks,
    log_ticks,
    place_label,
    place_texts,
    place_texts_and_label,
)


def test_numbers_are_short():
    assert [format_tick(v) for v in (0, 1.0, 0.12345, 12345.6, 1.5e-7, 2e9, -0.5)] == [
        *("0", "1", "0.123", "12,346", "1.5e-7", "2e9", "-0.5"),
    ]


def test_linear_ticks_are_round_and_equally_precise():
    assert [t.text for t in linear_ticks(0, 1, 6)] == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [t.text for t in linear_ticks(0, 25_000, 4)] == ["0", "10,000", "20,000"]
    assert len(linear_ticks(3, 3, 5)) == 1


def test_log_ticks_are_whole_decades():
    assert [t.text for t in log_ticks(3e-8, 5, 4)] == ["1e-6", "1e-4", "1e-2", "1e0"]
    assert [t.text for t in log_ticks(1, 10_000, 9)] == ["1", "10", "100", "1,000", "10,000"]
    assert [t.text for t in log_ticks(2, 5, 4)] == ["2", "3", "4", "5"]


def test_index_ticks_are_whole_numbers():
    assert [t.text for t in index_ticks(113, 6)] == ["0", "20", "40", "60", "80", "100"]
    assert [t.text for t in index_ticks(2, 9)] == ["0", "1"]


def test_texts_that_would_touch_are_dropped():
    assert place_texts([(0, "0"), (2, "100"), (9, "200")], 12) == [(0, "0"), (8, "200")]


def test_a_label_is_placed_in_the_middle_gap_if_one_is_wide_enough():
    assert place_label([(0, "0"), (18, "20")], 20, "x") == 10
    assert place_label([(0, "0"), (4, "20")], 6, "epoch") is None


def test_texts_in_the_middle_are_dropped_for_a_label():
    ticks = [(0, "0"), (10, "10"), (20, "20"), (30, "30")]
    assert place_texts_and_label(ticks, 34, "frequency", 34) == ([(0, "0"), (10, "10"), (30, "30")], 14)
    assert place_texts_and_label(ticks, 34, "a label longer than all of it", 34) == (place_texts(ticks, 34), None)
