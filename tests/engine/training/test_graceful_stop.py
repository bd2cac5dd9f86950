"""A stop is requested by signals and by the end of standard input."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from engine.training.graceful_stop import GracefulStop
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _default_handlers() -> Iterator[None]:
    """The signal handlers of a terminal, even if the tests were started with `nohup`."""
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
def test_a_signal_requests_a_stop_within_the_context(number, status) -> None:
    before = signal.getsignal(number)
    with GracefulStop() as stop:
        assert not stop.requested()
        signal.raise_signal(number)
        assert stop.requested()
    assert (stop.reason, stop.status) == (number.name, status)
    assert signal.getsignal(number) is before


def test_ctrl_c_after_a_request_interrupts() -> None:
    with GracefulStop() as stop:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # repeated: no interruption
        assert stop.reason == "SIGTERM"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with GracefulStop() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.requested()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_end_of_standard_input_requests_a_stop(monkeypatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with GracefulStop(with_stdin=True) as stop:
            os.write(writing, b"not the end")
            assert not stop.requested()
            os.close(writing)
            wait_until(stop.requested)
    assert (stop.reason, stop.status) == ("stdin", 130)
