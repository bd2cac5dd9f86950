"""The numbers of an axis are round, short and do not overlap."""

from grok_tui.render.ticks import (
    decade_ticks,
    format_tick,
    index_ticks,
    linear_ticks,
    log_ticks,
    multiples,
    round_steps,
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


def test_multiples_and_decades_are_those_of_a_step():
    assert [t.text for t in multiples(-0.3, 0.5, 0.25)] == ["-0.25", "0", "0.25", "0.50"]
    assert [t.text for t in decade_ticks(-8.2, 1.5, 3)] == ["1e-6", "1e-3", "1e0"]
    assert [t.text for t in decade_ticks(0.0, 4.0, 2)] == ["1", "100", "10,000"]


def test_round_steps_are_between_a_part_of_the_length_and_all_of_it():
    assert list(round_steps(1.0, 4)) == [(0.2, False), (0.25, True), (0.5, False), (1.0, False)]
    assert list(round_steps(0.0, 4)) == []
