"""The terminal is asked at start; its replies are no key presses, and keys that are typed meanwhile are not lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from platformdirs import user_state_path

from grok_tui.session.settings import Settings
from grok_tui.terminal.display import asks_for_colours
from grok_tui.terminal.terminal_query import query_for
from tests.grok_tui.answering_terminal import COLOUR_IN_FORCE, DEVICE_ATTRIBUTES, NO_TRUE_COLOUR, TRUE_COLOUR
from tests.grok_tui.answering_terminal import AnsweringTerminal as Answering
from tests.grok_tui.pseudo_terminal import Terminal

FENCE = b"\x1b[?62;22c"
TRUE_COLOUR_BYTES = b"8;2;"


def quit(terminal: Terminal) -> bytes:
    """What was painted after the query, once the run is shown and the program has ended."""
    terminal.read_until(b"of 5)")
    terminal.send("q")
    assert terminal.status() == 0
    return terminal.seen.partition(DEVICE_ATTRIBUTES)[2]


def test_true_colour_follows_from_either_reply(tiny_run: Path) -> None:
    for question, reply in (
        (TRUE_COLOUR, b"\x1bP1+r524742=8\x1b\\"),
        (COLOUR_IN_FORCE, b"\x1bP1$r0;48:2::1:2:3m\x1b\\"),
    ):
        terminal = Answering(str(tiny_run), answers={question: reply, DEVICE_ATTRIBUTES: FENCE}, OMP_NUM_THREADS="1")
        painted = quit(terminal)
        assert TRUE_COLOUR_BYTES in painted
        assert b"8;5;" not in painted


@pytest.mark.parametrize("answers", [{}, NO_TRUE_COLOUR | {DEVICE_ATTRIBUTES: FENCE}], ids=["no answer", "no"])
def test_without_that_answer_256_colours_stay(tiny_run: Path, answers: dict[bytes, bytes]) -> None:
    painted = quit(Answering(str(tiny_run), answers=answers, OMP_NUM_THREADS="1"))
    assert TRUE_COLOUR_BYTES not in painted
    assert b"8;5;" in painted


def test_replies_are_not_echoed_and_keys_between_them_are_not_lost(tiny_run: Path) -> None:
    """The key that quits comes amid the replies."""
    answers = {TRUE_COLOUR: b"\x1bP1+r524742=8\x1b\\q", DEVICE_ATTRIBUTES: FENCE}
    terminal = Answering(str(tiny_run), answers=answers, OMP_NUM_THREADS="1")
    assert terminal.status() == 0
    assert b"^[" not in terminal.seen
    assert b"+r524742=" not in terminal.seen


def test_late_replies_are_no_key_presses(tiny_run: Path) -> None:
    """As key presses, the last 8 of this reply would change the workspace."""
    terminal = Answering(str(tiny_run), answers={}, OMP_NUM_THREADS="1")
    terminal.read_until(b"of 5)")
    terminal.send("3\x1bP1+r524742=8\x1b\\" + FENCE.decode())
    terminal.send("q")
    assert terminal.status() == 0
    (file,) = (user_state_path("grok-tui") / "sessions").glob("*.json")
    assert json.loads(file.read_text())["layout"]["workspace"] == "attention"


def test_the_terminal_is_as_before_after_an_error_during_the_query() -> None:
    terminal = Answering("--theme", "octarine", answers={}, OMP_NUM_THREADS="1")
    assert terminal.status() == 1
    assert DEVICE_ATTRIBUTES in terminal.seen


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "foot", "COLORTERM": ""}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "xterm", "STY": "1.pts"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"}, False),
    ],
)
def test_who_is_asked_for_colours(environment: dict[str, str], asked: bool) -> None:
    assert bool(query_for(environment, colours=True, graphics=False)) == asked
    assert query_for(environment, colours=False, graphics=False) == ""


def test_tmux_is_sent_no_string_that_it_takes_for_a_title() -> None:
    assert "\x1b_" not in query_for({"TERM": "tmux-256color", "TMUX": "x"}, colours=True, graphics=True)


@pytest.mark.parametrize(
    ("settings", "environment", "asks"),
    [
        (Settings(), {}, True),
        (Settings(), {"COLORTERM": "24bit"}, False),
        (Settings(), {"NO_COLOR": "1"}, False),
        (Settings(colours="256"), {}, False),
        (Settings(compact=True), {}, False),
    ],
)
def test_only_an_open_question_is_asked(settings: Settings, environment: dict[str, str], asks: bool) -> None:
    assert asks_for_colours(settings, environment) == asks
