"""The explorer runs on terminals that have a full screen, with no more colours than they have."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from grok_tui.terminal.capabilities import Capabilities, explorer_obstacle, terminal_capabilities
from tests.grok_tui.pseudo_terminal import Terminal

FULL_SCREEN = b"\x1b[?1049h"
COLOUR = re.compile(rb"\x1b\[(\d+;)*(3|4|9|10)[0-7](;\d+)*m")


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_a_terminal_without_a_name_or_cursor_has_no_full_screen(term) -> None:
    assert terminal_capabilities(term) == Capabilities(term, full_screen=False, has_colours=False)


# Each in a process of its own: terminfo describes one terminal per process.
@pytest.mark.parametrize(
    ("term", "has_colours"),
    [("vt100", "False"), ("vt220", "False"), ("xterm", "True"), ("xterm-256color", "True"), ("new-terminal", "None")],
)
def test_colours_are_those_of_terminfo(term, has_colours) -> None:
    program = "import sys; from grok_tui.terminal.capabilities import *; print(terminal_capabilities(sys.argv[1]))"
    printed = subprocess.run([sys.executable, "-c", program, term], capture_output=True, text=True, check=True).stdout
    if has_colours == "True" and "None" in printed:
        pytest.skip(f"this machine has no terminfo entry {term}")
    assert f"full_screen=True, has_colours={has_colours}" in printed


def test_what_is_missing_is_named() -> None:
    assert explorer_obstacle(Capabilities("dumb", False, False)) == "A terminal with TERM=dumb has no full screen"
    assert explorer_obstacle(Capabilities("", False, False)) == "TERM is not set"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_without_a_full_screen_the_overview_is_text(tiny_run, term) -> None:
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", TERM=term, COLORTERM="truecolor")
    assert terminal.status() == 0
    assert terminal.seen.count(b"so this is the overview as text, not the explorer.") == 1
    assert b"clusters \xc2\xb7 epoch 40" in terminal.seen
    assert b"\x1b" not in terminal.seen


@pytest.mark.parametrize(("options", "colours"), [([], False), (["--colours", "16"], True)])
def test_a_terminal_without_colours_gets_none_unless_asked(tiny_run, options, colours) -> None:
    terminal = Terminal(str(tiny_run), *options, OMP_NUM_THREADS="1", TERM="vt100", COLORTERM="truecolor")
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    assert FULL_SCREEN in terminal.seen
    assert b"8;2;" not in terminal.seen
    assert (COLOUR.search(terminal.seen) is not None) == colours


def test_without_keys_the_overview_is_text(tiny_run, tmp_path) -> None:
    (tmp_path / "empty").touch()
    terminal = Terminal(str(tiny_run), OMP_NUM_THREADS="1", stdin=tmp_path / "empty")
    assert terminal.status() == 0
    assert b"stdin is not a terminal, so this is the overview" in terminal.seen
    assert FULL_SCREEN not in terminal.seen
