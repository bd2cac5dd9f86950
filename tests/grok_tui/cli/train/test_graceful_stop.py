"""Signals and the end of standard input as wishes to stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from time import sleep

import pytest

from grok_tui.cli.train.graceful_stop import GracefulStop


@pytest.fixture(autouse=True)
def _nothing_ignored() -> Iterator[None]:
    """As in a terminal of one's own, even where the tests themselves were started with `nohup`."""
    handlers = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_is_a_wish_while_it_is_entered(number, status) -> None:
    before = signal.getsignal(number)
    with GracefulStop() as wishes:
        assert not wishes.requested()
        signal.raise_signal(number)
        assert wishes.requested()
    assert (wishes.reason, wishes.status) == (number.name, status)
    assert signal.getsignal(number) is before


def test_a_ctrl_c_after_the_first_wish_ends_at_once() -> None:
    with GracefulStop() as wishes:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # whoever repeats that is not impatient
        assert wishes.reason == "SIGTERM"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with GracefulStop() as wishes:
            signal.raise_signal(signal.SIGHUP)
            assert not wishes.requested()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_end_of_standard_input_is_a_wish_where_it_is_told_to_be(monkeypatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with GracefulStop(with_stdin=True) as wishes:
            os.write(writing, b"no wish")
            assert not wishes.requested()
            os.close(writing)
            while not wishes.requested():
                sleep(0.001)
    assert (wishes.reason, wishes.status) == ("stdin", 130)
