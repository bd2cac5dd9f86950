"""The Kitty graphics protocol with Unicode placeholders: an image is shown by characters in the cells that it covers.

Such characters move, are overwritten and are cleared as any text, also in tmux.
See https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders.
"""

from __future__ import annotations

import base64
import re

PLACEHOLDER = "\U0010eeee"
# The terminals that show placeholders, by the name that they answer, with the first version that does.
_PLACEHOLDERS_SINCE = {"kitty": (0, 28), "ghostty": (0, 0)}
_CHUNK = 4096  # the most characters of data in one sequence
# The rows and columns 0, 1, ... of an image, as marks on a placeholder.
_MARKS = (
    "305 30d 30e 310 312 33d 33e 33f 346 34a 34b 34c 350 351 352 357 35b 363 364 365 366 367 368 369 36a 36b 36c 36d "
    "36e 36f 483 484 485 486 487 592 593 594 595 597 598 599 59c 59d 59e 59f 5a0 5a1 5a8 5a9 5ab 5ac 5af 5c4 610 611 "
    "612 613 614 615 616 617 657 658 659 65a 65b 65d 65e 6d6 6d7 6d8 6d9 6da 6db 6dc 6df 6e0 6e1 6e2 6e4 6e7 6e8 6eb "
    "6ec 730 732 733 735 736 73a 73d 73f 740 741 743 745 747 749 74a 7eb 7ec 7ed 7ee 7ef 7f0 7f1 7f3 816 817 818 819 "
    "81b 81c 81d 81e 81f 820 821 822 823 825 826 827 829 82a 82b 82c 82d 951 953 954 f82 f83 f86 f87 135d 135e 135f "
    "17dd 193a 1a17 1a75 1a76 1a77 1a78 1a79 1a7a 1a7b 1a7c 1b6b 1b6d 1b6e 1b6f 1b70 1b71 1b72 1b73 1cd0 1cd1 1cd2 "
    "1cda 1cdb 1ce0 1dc0 1dc1 1dc3 1dc4 1dc5 1dc6 1dc7 1dc8 1dc9 1dcb 1dcc 1dd1 1dd2 1dd3 1dd4 1dd5 1dd6 1dd7 1dd8 "
    "1dd9 1dda 1ddb 1ddc 1ddd 1dde 1ddf 1de0 1de1 1de2 1de3 1de4 1de5 1de6 1dfe 20d0 20d1 20d4 20d5 20d6 20d7 20db "
    "20dc 20e1 20e7 20e9 20f0 2cef 2cf0 2cf1"
)
MARKS = tuple(chr(int(code, 16)) for code in _MARKS.split())


def shows_placeholders(name: str) -> bool:
    """Whether a terminal of this name and version shows Unicode placeholders; others have the protocol without them.

    >>> shows_placeholders("kitty(0.35.2)"), shows_placeholders("WezTerm 20240203")
    (True, False)
    """
    program = re.match(r"[A-Za-z]*", name.strip())
    since = _PLACEHOLDERS_SINCE.get(program[0].lower()) if program is not None else None
    version = re.search(r"(\d+)\.(\d+)", name)
    found = (int(version[1]), int(version[2])) if version is not None else (0, 0)
    return since is not None and found >= since


def placeholder(row: int, column: int) -> str:
    """The text of one cell that shows a cell of an image, in the foreground colour that is the image's number."""
    return PLACEHOLDER + MARKS[row] + MARKS[column]


def transmit(number: int, png: bytes, columns: int, rows: int) -> list[str]:
    """The sequences that send an image and have placeholders show it over `columns` x `rows` cells.

    An image of the same number is replaced. The last sequence makes the terminal draw the placeholders again.
    """
    data = base64.standard_b64encode(png).decode("ascii")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    sequences = []
    for place, chunk in enumerate(chunks):
        keys = f"a=t,f=100,i={number},q=2," if place == 0 else "q=2,"
        sequences.append(f"\x1b_G{keys}m={int(place < len(chunks) - 1)};{chunk}\x1b\\")
    return [*sequences, f"\x1b_Ga=p,U=1,i={number},p=1,c={columns},r={rows},q=2\x1b\\"]


def delete(number: int) -> str:
    """The sequence that deletes an image and its data."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def through_tmux(sequence: str) -> str:
    """The sequence, wrapped so that tmux passes it to the terminal outside."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
