"""The driver writes optimised output, and no colours with NO_COLOR."""

from typing import cast

import pytest
from textual.driver import Driver

from grok_tui.terminal.compact_driver import compact_driver

TEXTUAL = "\x1b[38;5;10;48;5;20ma\x1b[0m\x1b[38;5;10;48;5;20mb\x1b[0m"


class Recorder:
    """Stands in for a driver: collects what is written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, data: str) -> None:
        self.written.append(data)


def written(data: str) -> str:
    """The bytes that reach the terminal if Textual writes `data`."""
    driver = compact_driver(cast(type[Driver], Recorder))()  # type: ignore[call-arg]
    driver.write(data)
    return "".join(cast(Recorder, driver).written)


def test_a_style_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert written(TEXTUAL) == "\x1b[38;5;10;48;5;20mab\x1b[0m"


def test_no_color_removes_all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert written(TEXTUAL) == "ab"


def test_a_driver_has_one_compact_subclass() -> None:
    """Textual compares driver classes, so the same class must come back."""
    driver = cast(type[Driver], Recorder)
    assert compact_driver(driver) is compact_driver(driver)
    assert issubclass(compact_driver(driver), Recorder)
