"""The terminal's clipboard, through whatever lies between."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping


def clipboard_sequences(text: str, environment: Mapping[str, str]) -> str:
    """OSC 52, and within tmux or screen the same once more, wrapped so that it is passed on to the terminal outside."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    if "TMUX" in environment:
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if "STY" in environment:
        return f"\x1bP{plain}\x1b\\"
    return plain


def copy(text: str, write: Callable[[str], None]) -> None:
    """Copy by escape sequences; tmux, whose settings may swallow them, is told by itself as well.

    Nobody can know whether a terminal took it.
    """
    write(clipboard_sequences(text, os.environ))
    if "TMUX" in os.environ:
        try:
            command = ["tmux", "load-buffer", "-w", "-"]
            subprocess.run(command, input=text.encode(), timeout=1, check=False, capture_output=True)
        except (OSError, subprocess.TimeoutExpired):
            return
