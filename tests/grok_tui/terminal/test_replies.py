"""Replies of terminals, as kitty, foot, xterm, WezTerm and others write them, among key presses."""

from __future__ import annotations

import pytest

from grok_tui.terminal.replies import Features, ReplyFilter, features_of

ST = b"\x1b\\"
KITTY = [
    b"\x1bP1+r5463" + ST,
    b"\x1bP1$r0;48:2:1:2:3m" + ST,
    b"\x1b_Gi=31;OK" + ST,
    b"\x1b[6;18;9t",
    b"\x1bP>|kitty(0.35.2)" + ST,
    b"\x1b[?62;52;c",
]
FOOT = [
    b"\x1bP1+r524742=382F382F38" + ST,
    b"\x1bP1$r0;48:2::1:2:3m" + ST,
    b"\x1b[6;20;10t",
    b"\x1bP>|foot(1.16.2)" + ST,
    b"\x1b[?62;4;22c",
]
XTERM = [b"\x1bP0+r524742" + ST, b"\x1bP1$r48;5;16m" + ST, b"\x1bP>|XTerm(379)" + ST, b"\x1b[?64;1;2;6;9;15;21;22c"]


@pytest.mark.parametrize(
    ("replies", "features"),
    [
        (KITTY, Features(true_colour=True, kitty=True, name="kitty(0.35.2)", cell_pixels=(9, 18))),
        (FOOT, Features(true_colour=True, sixel=True, name="foot(1.16.2)", cell_pixels=(10, 20))),
        (XTERM, Features(name="XTerm(379)")),
        ([], Features()),
        ([b"\x1b[?4;1c", b"\x1b[6;0;0t", b"\x1b_Gi=31;ENOTSUPPORTED:no" + ST], Features()),
        ([b"\x1bP1$r1;48;2;1;2;3;7m" + ST], Features(true_colour=True)),
        ([b"\x1bP1$r48;2;1;2;30m" + ST], Features()),
    ],
)
def test_features_are_those_of_the_replies(replies: list[bytes], features: Features) -> None:
    assert features_of(replies) == features


@pytest.mark.parametrize("replies", [KITTY, FOOT, XTERM], ids=["kitty", "foot", "xterm"])
def test_replies_are_separated_from_keys_wherever_the_input_is_divided(replies: list[bytes]) -> None:
    keys = [b"j", b"\x1b[C", b"\x1b[6~", b"\x1bOP", b"\xc3\xa9", b"\x1b[<0;3;4M", b"P"]
    stream = b"".join(reply + key for reply, key in zip(replies, keys, strict=False))
    typed = b"".join(keys[: len(replies)])
    for cut in range(len(stream) + 1):
        separate = ReplyFilter()
        got = separate(stream[:cut]) + separate(stream[cut:]) + separate.flush()
        assert got == typed
        assert separate.replies == replies
        assert separate.answered


def test_a_key_that_begins_like_a_reply_is_held_back_until_it_is_flushed() -> None:
    separate = ReplyFilter()
    assert separate(b"a\x1b") == b"a"
    assert separate.flush() == b"\x1b"
    assert separate(b"\x1bP") == b""
    assert separate.flush() == b"\x1bP"
    assert separate(b"q") == b"q"
    assert not separate.answered
