import base64

from grok_tui.terminal.clipboard import clipboard_sequences

TEXT = "cos w(x+y) · π"
PLAIN = f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\a"


def test_a_bare_terminal_is_told_once() -> None:
    assert clipboard_sequences(TEXT, {}) == PLAIN


def test_tmux_gets_it_for_itself_and_wrapped_to_be_passed_on() -> None:
    escaped = PLAIN.replace("\x1b", "\x1b\x1b")
    assert clipboard_sequences(TEXT, {"TMUX": "/tmp/x"}) == f"{PLAIN}\x1bPtmux;{escaped}\x1b\\"


def test_screen_gets_it_wrapped() -> None:
    assert clipboard_sequences(TEXT, {"STY": "1.a"}) == f"\x1bP{PLAIN}\x1b\\"
