"""Optimised output paints the same cells, checked with a small terminal emulator."""

from __future__ import annotations

import random
import re

import pytest

from grok_tui.terminal.thinning import OutputOptimizer

ATTRIBUTES = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}


class Screen:
    """A terminal emulator for SGR and cursor moves: cells by (row, column) with the visible part of their style."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple] = {}
        self.style: dict[str, str] = {}
        self.at = (1, 1)

    def feed(self, data: str) -> None:
        for token in re.findall(r"\x1b\[[0-9;]*[mH]|[^\x1b]", data):
            if token.endswith("m") and token[0] == "\x1b":
                self._sgr(token[2:-1].split(";"))
            elif token[0] == "\x1b":
                row, column = token[2:-1].split(";")
                self.at = int(row), int(column)
            else:
                style = dict(self.style)
                if token == " " and not {"4", "7", "9"} & set(style):
                    style = {name: value for name, value in style.items() if name == "bg"}
                self.cells[self.at] = (token, tuple(sorted(style.items())))
                self.at = self.at[0], self.at[1] + 1

    def _sgr(self, codes: list[str]) -> None:
        while codes:
            code = codes.pop(0) or "0"
            if code == "0":
                self.style = {}
            elif code in ("38", "48"):
                count = 4 if codes[0] == "2" else 2
                self.style["fg" if code == "38" else "bg"] = ";".join([code, *codes[:count]])
                codes = codes[count:]
            elif code in ATTRIBUTES:
                self.style[code] = code
            elif code in ("39", "49"):
                self.style.pop("fg" if code == "39" else "bg", None)
            elif code in ATTRIBUTES.values():
                self.style = {name: v for name, v in self.style.items() if ATTRIBUTES.get(name) != code}
            else:
                self.style["fg" if code[0] in "39" else "bg"] = code


def random_stream(seed: int) -> list[str]:
    """Output as Textual writes it: a cursor move, then runs of cells with their whole style and a reset."""
    rng = random.Random(seed)
    colour = lambda first: rng.choice(  # noqa: E731
        [f"{first};2;{rng.randrange(3)};0;0", f"{first};5;{rng.randrange(4)}", str(int(first) - 8 + rng.randrange(8))]
    )
    pieces = []
    for _ in range(30):
        parts = [f"\x1b[{rng.randrange(1, 9)};{rng.randrange(1, 30)}H"]
        for _ in range(rng.randrange(6)):
            codes = [colour("38") if rng.random() < 0.8 else "39", colour("48") if rng.random() < 0.8 else "49"]
            codes += rng.sample(sorted(ATTRIBUTES), rng.choice([0, 0, 1, 2]))
            end = rng.choice(["\x1b[0m", "\x1b[m", "\x1b[22m", "\x1b[39;49m", ""])
            parts.append(f"\x1b[{';'.join(codes)}m{rng.choice(['ab', '   ', '▀▀', ' x '])}{end}")
        pieces.append("".join(parts))
    return pieces


@pytest.mark.parametrize("seed", range(50))
def test_cells_and_the_final_style_are_the_same(seed) -> None:
    plain, optimised, optimizer = Screen(), Screen(), OutputOptimizer()
    for piece in random_stream(seed):
        plain.feed(piece)
        optimised.feed(optimizer(piece))
        assert optimised.cells == plain.cells
        assert optimised.style == plain.style


def test_a_colour_that_neighbours_share_is_sent_once() -> None:
    textual = "\x1b[38;5;10;48;5;20m▀\x1b[0m\x1b[38;5;11;48;5;20m▀\x1b[0m\x1b[38;5;12;48;5;20m \x1b[0m"
    assert OutputOptimizer()(textual) == "\x1b[38;5;10;48;5;20m▀\x1b[38;5;11m▀ \x1b[0m"


def test_other_sequences_are_unchanged() -> None:
    for text in (
        "\x1b[2J",
        "\x1b[?1049h",
        "\x1b]52;c;YWI=\x07",
        "\x1bPtmux;\x1b\x1b]52;c;YWI=\x07\x1b\\",
        "\x1b7",
        "\x1b",
    ):
        assert OutputOptimizer()(text) == text
    # Erased cells take the background in force.
    assert OutputOptimizer()("\x1b[41m\x1b[2K\x1b[0m") == "\x1b[41m\x1b[2K\x1b[0m"


@pytest.mark.parametrize("seed", range(10))
def test_without_colours_the_same_cells_have_only_their_attributes(seed) -> None:
    plain, optimised, optimizer = Screen(), Screen(), OutputOptimizer(colours=False)
    for piece in random_stream(seed):
        plain.feed(piece)
        optimised.feed(optimizer(piece))
    uncoloured = {
        at: (text, tuple(pair for pair in style if pair[0] not in ("fg", "bg")))
        for at, (text, style) in plain.cells.items()
    }
    assert optimised.cells == uncoloured
