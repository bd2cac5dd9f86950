"""Colours and glyphs: for dark and light backgrounds, without colour, and for ASCII alone.

The ramps step evenly in OKLab lightness and start at the background, so that "brighter" (on a light
background: "darker") reads as "more". The series are Okabe and Ito's colours, shifted until each has a
contrast of at least 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok_tui.render.cells import Style

_ASCII_OF = str.maketrans(
    {
        "│": "|",
        "─": "-",
        "└": "+",
        "┤": "+",
        "┬": "+",
        "┊": ":",
        "┼": "+",
        "▲": "^",
        "△": "^",
        "━": "-",
        "▸": ">",
        "◂": "<",
    }
    | {"–": "-", "−": "-", "…": "~", "·": ".", "█": "#", "×": "x", "•": "o"}
)


@dataclass(frozen=True)
class Palette:
    """What a drawing may use; colours are "#rrggbb"."""

    name: str
    dark: bool
    colour: bool  # False: no colour carries meaning, shade glyphs and markers do
    ascii: bool  # True: ASCII glyphs only
    foreground: str
    background: str
    muted: str
    accent: str
    warning: str
    series: tuple[str, ...]  # colour-blind safe line colours
    sequential: tuple[str, ...]  # 16 steps of magnitude, the low end close to the background
    diverging: tuple[str, ...]  # 17 steps around zero, the middle close to the background

    def style(self, fg: str | None = None, bg: str | None = None, *, bold: bool = False) -> Style:
        """A style of these colours; without colour only boldness is left."""
        return Style(fg, bg, bold) if self.colour else Style(bold=bold)

    def text(self, text: str) -> str:
        """`text` in the glyphs this palette allows."""
        if not self.ascii or (text.isascii() and text.isprintable()):
            return text
        return "".join(c if " " <= c <= "~" else "?" for c in text.translate(_ASCII_OF))

    def shades(self, diverging: bool) -> tuple[str, ...]:
        """One glyph a level, from the scale's low end to its high end, where colour is not to be used."""
        if self.ascii:
            return tuple("O=- .+#") if diverging else tuple(" .:-=+*#%@")
        return tuple("#≡=- ░▒▓█") if diverging else tuple(" ░▒▓█")

    def markers(self) -> tuple[str, ...]:
        """How the first, second, ... series of a chart is drawn."""
        if self.ascii:
            return ("*", "+", "o", "x", "#", "%", "@", "=")
        return ("braille",) if self.colour else ("braille", "•", "+", "×", "o", "#", "%", "@")


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Perceived brightness, 0 black to 1 white."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _colours(text: str) -> tuple[str, ...]:
    return tuple("#" + code for code in text.split())


DARK = Palette(
    name="dark",
    dark=True,
    colour=True,
    ascii=False,
    foreground="#d5dae1",
    background="#11151a",
    muted="#8a94a1",
    accent="#f0b429",
    warning="#ff7f66",
    series=_colours("56b4e9 e69f00 2fb889 e78fc0 f0e442 f07a3c 6f9bf0 c3c9d1"),
    sequential=_colours(
        "161c25 1a273c 1d3353 203f67 244e74 285e80 2b6d8c 317f8e "
        "37918f 48a18c 67b082 83bf74 a0cb74 bdd680 dae18d f6ec9a"
    ),
    diverging=_colours(
        "a6d8ff 84bff1 61a6e4 3c8ed4 3175b6 265e98 204876 1f344d 1b2027 "
        "442d24 6f3818 914818 b25c20 d37029 e59051 f3b279 ffd3a0"
    ),
)

LIGHT = Palette(
    name="light",
    dark=False,
    colour=True,
    ascii=False,
    foreground="#22272e",
    background="#fbfaf6",
    muted="#68707b",
    accent="#8a5a00",
    warning="#b3261e",
    series=_colours("0072b2 b86e00 00795a a8487f 857400 c04a00 4a4fb0 555b64"),
    sequential=_colours(
        "f3f2ea dde8cc c7deb0 add3aa 91c8a4 77bca0 63aea1 4f9fa1 "
        "3d919f 36819a 2f7196 2a6190 265383 224576 1e386a 1a2a5e"
    ),
    diverging=_colours(
        "0a3566 194b80 28639a 387bb5 5793c7 79abd6 9cc4e4 c7dae9 f3f1ec "
        "f4d2b7 f0b484 e59662 d8783d c55d1e a94917 8e3610 74230a"
    ),
)


def _colourless(name: str, ascii_only: bool) -> Palette:
    black, white = "#000000", "#ffffff"
    return Palette(
        name=name,
        dark=False,
        colour=False,
        ascii=ascii_only,
        foreground=black,
        background=white,
        muted=black,
        accent=black,
        warning=black,
        series=(black,) * 8,
        sequential=(white,) * 8 + (black,) * 8,
        diverging=(black,) * 8 + (white,) + (black,) * 8,
    )


MONO = _colourless("mono", ascii_only=False)
ASCII = _colourless("ascii", ascii_only=True)
PALETTES: dict[str, Palette] = {palette.name: palette for palette in (DARK, LIGHT, MONO, ASCII)}
