"""Copy to the clipboard of the terminal, also through tmux and screen."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping


def clipboard_sequences(text: str, environment: Mapping[str, str]) -> str:
    """The OSC 52 sequence that copies `text`.

    tmux gets it twice: for its own buffer, and wrapped so that tmux passes it to the outer terminal. screen gets it
    wrapped.
    """
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    if "TMUX" in environment:
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if "STY" in environment:
        return f"\x1bP{plain}\x1b\\"
    return plain


def copy(text: str, write: Callable[[str], None]) -> None:
    """Copy `text` by escape sequences, and in tmux by `tmux load-buffer`, too, since its settings may drop sequences.

    Terminals do not report whether they accepted the text.
    """
    write(clipboard_sequences(text, os.environ))
    if "TMUX" in os.environ:
        try:
            command = ["tmux", "load-buffer", "-w", "-"]
            subprocess.run(command, input=text.encode(), timeout=1, check=False, capture_output=True)
        except (OSError, subprocess.TimeoutExpired):
            return
