"""The colours of maps and lines for each colour depth of a terminal.

All ramps are monotone in lightness (CIELAB L*), so they keep their order in greyscale and for colour-blind readers.
Ramps in full colour have even steps. Ramps for 256 and 16 colours use colours of these terminals, and fewer of them, so
that neighbours stay distinct. (Their lightest colour is an exception: rich rounds a light grey to a darker one, but not
this colour.) A sequential ramp starts close to the background. A diverging ramp is blue below zero and orange above,
which can be distinguished without red or green.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

ColourDepth = Literal["truecolor", "256", "16", "none"]


class Ramps(NamedTuple):
    """The colours of maps, "#rrggbb"."""

    sequential: tuple[str, ...]  # steps of magnitude, low to high
    diverging: tuple[str, ...]  # an odd number of steps around zero


def _colours(text: str) -> tuple[str, ...]:
    """Colours "#rrggbb" from hex codes separated by blanks."""
    return tuple("#" + code for code in text.split())


DARK_RAMPS: dict[ColourDepth, Ramps] = {
    "truecolor": Ramps(
        _colours(
            "161c25 1a273c 1d3353 203f67 244e74 285e80 2b6d8c 317f8e "
            "37918f 48a18c 67b082 83bf74 a0cb74 bdd680 dae18d f6ec9a"
        ),
        _colours(
            "a6d8ff 84bff1 61a6e4 3c8ed4 3175b6 265e98 204876 1f344d 1b2027 "
            "442d24 6f3818 914818 b25c20 d37029 e59051 f3b279 ffd3a0"
        ),
    ),
    "256": Ramps(
        _colours("1c1c1c 303030 005f5f 008787 00af87 5fd787 d7d787 ffffaf"),
        _colours("afd7ff 87afd7 0087d7 005f87 1c1c1c 875f00 d75f00 ff875f ffd7af"),
    ),
    # Terminals differ in their 16 colours; these are close to the colours of all of them.
    "16": Ramps(
        _colours("000000 0000cc 6a6a6a 00bcbc c8c8c8 ffffff"),
        _colours("00bcbc 0000cc 000000 bc0000 ffff2a"),
    ),
}

LIGHT_RAMPS: dict[ColourDepth, Ramps] = {
    "truecolor": Ramps(
        _colours(
            "f3f2ea dde8cc c7deb0 add3aa 91c8a4 77bca0 63aea1 4f9fa1 "
            "3d919f 36819a 2f7196 2a6190 265383 224576 1e386a 1a2a5e"
        ),
        _colours(
            "0a3566 194b80 28639a 387bb5 5793c7 79abd6 9cc4e4 c7dae9 f3f1ec "
            "f4d2b7 f0b484 e59662 d8783d c55d1e a94917 8e3610 74230a"
        ),
    ),
    "256": Ramps(
        _colours("fbfaf6 d7d7af 87d7af 5fafaf 008787 005f87 00005f"),
        _colours("00005f 005f87 5f87af 87afd7 afd7ff fbfaf6 ffd7af ffaf87 d7875f af5f00 5f0000"),
    ),
    "16": Ramps(
        _colours("ffffff c8c8c8 00bcbc 6a6a6a 0000cc 000000"),
        _colours("0000cc 00bcbc ffffff ffff2a bc0000"),
    ),
}

# The colours of Okabe and Ito, adjusted to a contrast of at least 3.5 with the background.
GENERAL_SERIES = 8  # colours for series of any kind; those behind them are for key frequencies alone
DARK_SERIES = _colours("56b4e9 e69f00 2fb889 e78fc0 f0e442 f07a3c 6f9bf0 c3c9d1") + _colours(
    "f5ee6b b48cff ff6b5e 4fe3dc b3dd4b dba98a"
)
LIGHT_SERIES = _colours("0072b2 b86e00 00795a a8487f 857400 c04a00 4a4fb0 555b64") + _colours(
    "7a6c00 7b3fe4 c8102e 007a8c 4b7a00 7d5a3c"
)
DARK_SERIES_16 = _colours("00bcbc ffff2a 00bc00 ff2aff ffffff ff2a2a 5858ff c8c8c8") + _colours(
    "ff2a2a 5858ff ffffff 2affff bc00bc 2aff2a"
)
LIGHT_SERIES_16 = _colours("0000cc bc0000 006400 bc00bc 6a6a6a ff2a2a 5858ff 000000") + _colours(
    "ff2a2a 5858ff 00bcbc ff2aff 00bc00 6a6a6a"
)
