"""A session as an asciicast: what the terminal received, and when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import GrokError
from grok_tui.cli.main import main
from grok_tui.terminal.recording import Recording
from tests.grok_tui.pseudo_terminal import Terminal


def events(path: Path) -> tuple[dict, list]:
    header, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return header, lines


def test_each_output_has_its_time_and_a_new_size_is_an_event(tmp_path: Path) -> None:
    times = iter([10.0, 10.5, 12.25, 13.0])
    recording = Recording(tmp_path / "a.cast", (80, 24), lambda: next(times))
    recording.write("\x1b[1mloss\x1b[0m é")
    recording.resize((80, 24))
    recording.resize((120, 40))
    recording.write("end")
    header, lines = events(tmp_path / "a.cast")
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert lines == [[0.5, "o", "\x1b[1mloss\x1b[0m é"], [2.25, "r", "120x40"], [3.0, "o", "end"]]


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.cast").write_text("mine")
    with pytest.raises(GrokError, match=r"a\.cast exists; pass another name to --record"):
        Recording(tmp_path / "a.cast", (80, 24))
    with pytest.raises(GrokError, match="cannot be written"):
        Recording(tmp_path / "none" / "a.cast", (80, 24))
    assert (tmp_path / "a.cast").read_text() == "mine"


def test_a_recorded_session_is_what_the_terminal_received(tiny_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "session.cast"
    terminal = Terminal(str(tiny_run), "--record", str(path), columns=100, rows=30, XDG_STATE_HOME=str(tmp_path))
    terminal.read_until(b"(5 of 5)")
    terminal.send("\x1b[D")
    terminal.read_until(b"(4 of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    header, lines = events(path)
    assert (header["width"], header["height"]) == (100, 30)
    output = "".join(text for _, kind, text in lines if kind == "o").encode()
    assert output in terminal.seen
    assert output.index(b"(5 of 5)") < output.index(b"(4 of 5)")
    assert [time for time, _, _ in lines] == sorted(time for time, _, _ in lines)


def test_without_a_terminal_there_is_nothing_to_record(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tiny_run), "--record", str(tmp_path / "a.cast")]) == 2
    assert "needs a terminal" in capsys.readouterr().err
    assert not (tmp_path / "a.cast").exists()
