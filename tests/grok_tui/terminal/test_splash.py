"""The splash screen names the run, and leaves a clean terminal if the run cannot be opened."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from grok_tui.terminal.splash import splash
from tests.grok_tui.pseudo_terminal import Terminal

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


def test_the_app_takes_over_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with splash("a\x1b[2Jrun"):
        shown = capsys.readouterr().out
        assert shown.startswith(ENTER)
        assert shown.endswith("opening a·[2Jrun")
    assert LEAVE not in capsys.readouterr().out


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_the_screen(capsys: pytest.CaptureFixture[str], error: type[BaseException]) -> None:
    with pytest.raises(error), splash("run"):
        raise error
    assert capsys.readouterr().out.endswith(LEAVE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_screen(capsys: pytest.CaptureFixture[str], number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended, splash("run"):
        signal.raise_signal(number)
    assert ended.value.code == 128 + number
    assert capsys.readouterr().out.endswith(LEAVE)
    assert signal.getsignal(number) == before


def test_the_splash_screen_is_painted_first(tiny_run: Path) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    assert terminal.seen.index(b"grok-tui \xc2\xb7 opening tiny") < 50
    terminal.send("q")
    assert terminal.status() == 0


@pytest.mark.parametrize("arguments", [("no-such-run",), ("--theme", "octarine")])
def test_an_error_leaves_a_clean_terminal_and_one_sentence(arguments: tuple[str, ...]) -> None:
    terminal = Terminal(*arguments, OMP_NUM_THREADS="1")
    assert terminal.status() == 1
    _, left, after = terminal.seen.rpartition(LEAVE.encode())
    assert left or b"\x1b[?1049h" not in terminal.seen
    assert arguments[-1].encode() in after
    assert b"Traceback" not in terminal.seen


def test_an_invalid_setting_leaves_the_splash_screen_before_the_message(tiny_run: Path) -> None:
    terminal = Terminal(str(tiny_run), "--theme", "octarine", OMP_NUM_THREADS="1")
    assert terminal.status() == 1
    message = terminal.seen[terminal.seen.rindex(b"\x1b[?1049l") :]
    assert message.removeprefix(b"\x1b[?1049l").startswith(b"Unknown theme 'octarine'; pass --theme or set it in")
