"""`grok-tui serve`: what is refused before a server starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from grok_tui.cli.main import main


def sentence(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["serve", *arguments])
    return status, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "pass --allow-remote as well"),
        (("--port", "70000"), "--port is a number from 0 to 65535; found 70000."),
        (("--max-visitors", "0"), "--max-visitors is at least 1; found 0."),
        (("--idle-minutes", "0"), "--idle-minutes is above 0; found 0."),
        (("--token", " "), "--token is empty"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tiny_run: Path, arguments: tuple[str, ...], said: str
) -> None:
    status, text = sentence(capsys, str(tiny_run), *arguments)
    assert status == 2
    assert said in text
    assert len(text.splitlines()) == 1


def test_a_run_that_cannot_be_read_is_reported_before_the_server_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_run: Path
) -> None:
    status, text = sentence(capsys, str(tmp_path / "none"))
    assert (status, "none" in text) == (1, True)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "one").symlink_to(tiny_run)
    status, text = sentence(capsys, str(tmp_path / "runs"))
    assert (status, "is a folder of runs; pass one of them" in text) == (1, True)


def test_a_port_in_use_is_reported(capsys: pytest.CaptureFixture[str], tiny_run: Path) -> None:
    pytest.importorskip("textual_serve", reason="grok-tui[serve] is not installed")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, text = sentence(capsys, str(tiny_run), "--port", str(port))
    assert status == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in text
