"""Ask tmux about the terminal that it is attached to: tmux itself keeps the replies of that terminal."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress

from grok_tui.terminal.replies import Features

_FORMAT = "|".join(
    f"#{{{name}}}" for name in ("client_termfeatures", "client_cell_width", "client_cell_height", "client_termtype")
)
_PASSES = ("on", "all", "1")


class TmuxQuery:
    """A question that has been put to tmux; `finish` returns what it has answered."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        command = ["tmux", "display-message", "-p", f"#{{allow-passthrough}}|{_FORMAT}"]
        if pane := environment.get("TMUX_PANE"):
            command[2:2] = ["-t", pane]
        self._process: subprocess.Popen[str] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )

    def finish(self, timeout: float) -> Features:
        """The features of the terminal outside tmux; without an answer, none."""
        if self._process is None:
            return Features()
        try:
            answer, _ = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return Features()
        return tmux_features(answer.strip())


def tmux_features(answer: str) -> Features:
    """The features in an answer of tmux. Graphics need `allow-passthrough`.

    >>> tmux_features("on|256,RGB,title|9|18|kitty(0.35.2)")
    Features(true_colour=True, kitty=True, sixel=False, name='kitty(0.35.2)', cell_pixels=(9, 18))
    """
    passes, features, width, height, name, *_ = [*answer.split("|"), "", "", "", "", ""]
    size = (int(width), int(height)) if width.isdecimal() and height.isdecimal() else (0, 0)
    passing = passes in _PASSES
    return Features(
        true_colour="RGB" in features.split(","),
        kitty=passing and bool(name),
        name=name if passing else "",
        cell_pixels=size if all(size) else None,
    )
