"""tmux is asked about the terminal outside it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grok_tui.terminal.replies import Features
from grok_tui.terminal.tmux import TmuxQuery, tmux_features


@pytest.mark.parametrize(
    ("answer", "features"),
    [
        ("on|256,RGB,title|9|18|kitty(0.35.2)", Features(True, True, False, "kitty(0.35.2)", (9, 18))),
        ("all|256|9|18|ghostty 1.0.0", Features(False, True, False, "ghostty 1.0.0", (9, 18))),
        ("off|256,RGB|9|18|kitty(0.35.2)", Features(True, cell_pixels=(9, 18))),
        ("|RGB|0|0|", Features(True)),
        ("on||||", Features()),
        ("", Features()),
    ],
)
def test_graphics_need_passthrough(answer: str, features: Features) -> None:
    assert tmux_features(answer) == features


def test_without_tmux_there_are_no_features(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert TmuxQuery({}).finish(1) == Features()


@pytest.fixture
def tmux_pane(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a pane of a server of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    server = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    answer = subprocess.run(
        [*server, "new-session", "-d", "-P", "-F", "#{socket_path},#{pid},0 #{pane_id}", "sleep 600"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    tmux, pane = answer.stdout.split()
    yield {"TMUX": tmux, "TMUX_PANE": pane}
    subprocess.run([*server, "kill-server"], check=True, timeout=60)


def test_a_real_tmux_answers(tmux_pane: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a client there is no terminal outside, and it says so in a format that is read."""
    monkeypatch.setenv("TMUX", tmux_pane["TMUX"])
    assert os.environ["TMUX"] == tmux_pane["TMUX"]
    assert TmuxQuery(tmux_pane).finish(60) == Features()
