"""The driver writes optimised output, and no colours with NO_COLOR."""

from typing import cast

import pytest
from textual.driver import Driver

from grok_tui.terminal.compact_driver import compact_driver
from tests.grok_tui.pseudo_terminal import Terminal

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


def test_the_explorer_draws_on_stdout_if_stderr_is_a_file(tiny_run, tmp_path) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", stderr=tmp_path / "log")
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    assert b"\x1b[?1049l" in terminal.seen
    assert (tmp_path / "log").read_bytes() == b""


def test_the_crosshair_repaints_what_changed(tiny_run) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", columns=120, rows=40)
    terminal.read_until(b"of 5)")
    terminal.read_until(b"E_k")
    terminal.read_while_painting(2.0)
    terminal.send("\t\tc")
    terminal.read_until("┼".encode())
    for key in "ljlj":
        terminal.read_while_painting(1.0)
        before = len(terminal.seen)
        terminal.send(key)
        terminal.read_until("┼".encode(), since=before)
        terminal.read_while_painting(1.0)
        written = terminal.seen[before:]
    assert b"overview" not in written
    assert b"of 5)" not in written
    terminal.send("q")
    terminal.read_while_painting(1.0)
    terminal.send("q")
    assert terminal.status() == 0
