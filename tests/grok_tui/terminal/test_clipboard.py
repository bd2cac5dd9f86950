"""Copied text reaches the clipboard of the terminal, also through tmux and screen."""

import base64
from pathlib import Path

import pytest

from grok_tui.terminal.clipboard import clipboard_sequences, copy

TEXT = "cos w(x+y) · π"
PLAIN = f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\a"


def test_a_terminal_gets_one_sequence() -> None:
    assert clipboard_sequences(TEXT, {}) == PLAIN


def test_tmux_gets_the_sequence_for_itself_and_for_the_outer_terminal() -> None:
    escaped = PLAIN.replace("\x1b", "\x1b\x1b")
    assert clipboard_sequences(TEXT, {"TMUX": "/tmp/x"}) == f"{PLAIN}\x1bPtmux;{escaped}\x1b\\"


def test_screen_gets_a_wrapped_sequence() -> None:
    assert clipboard_sequences(TEXT, {"STY": "1.a"}) == f"\x1bP{PLAIN}\x1b\\"


@pytest.fixture
def in_tmux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Run inside tmux, with `tmux` replaced by a script that saves its arguments and input to the returned file."""
    saved = tmp_path / "saved"
    script = tmp_path / "tmux"
    script.write_text(f'#!/bin/sh\necho "$@" > "{saved}"\n/bin/cat >> "{saved}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("TMUX", "/tmp/x")
    monkeypatch.setenv("PATH", str(tmp_path))
    return saved


def test_in_tmux_the_buffer_is_loaded_too(in_tmux: Path) -> None:
    written: list[str] = []
    copy(TEXT, written.append)
    assert written[0].startswith(PLAIN)
    assert in_tmux.read_text() == f"load-buffer -w -\n{TEXT}"


def test_a_missing_tmux_does_not_matter(in_tmux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    written: list[str] = []
    copy(TEXT, written.append)
    assert written[0].startswith(PLAIN)
    assert not in_tmux.exists()
