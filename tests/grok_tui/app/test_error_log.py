"""Errors on the screen: one sentence; the traceback is in the log."""

from __future__ import annotations

from engine.errors import UnknownQuery
from grok_tui.app.error_log import ErrorLog


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_expected_error_is_its_sentence_and_is_not_logged() -> None:
    log = ErrorLog()
    assert log.sentence(raised(UnknownQuery("tiny has heads 0 to 1; found 2."))) == "tiny has heads 0 to 1; found 2."
    assert len(log) == 0


def test_an_unexpected_error_is_logged_with_its_traceback() -> None:
    log = ErrorLog()
    assert log.sentence(raised(ZeroDivisionError("division by zero"))).startswith(
        "This could not be computed: division by zero."
    )
    (traceback,) = log
    assert "ZeroDivisionError" in traceback
    assert "in raised" in traceback


def test_an_error_without_a_message_is_named_by_its_type() -> None:
    assert "MemoryError" in ErrorLog().sentence(raised(MemoryError()))


def test_the_oldest_tracebacks_are_dropped() -> None:
    log = ErrorLog()
    for number in range(60):
        log.record(raised(ValueError(f"number {number}")))
    assert len(log) == 50
    assert "number 10" in next(iter(log))
