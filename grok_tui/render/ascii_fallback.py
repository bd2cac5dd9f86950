"""Text and glyphs for terminals that show ASCII alone."""

from __future__ import annotations

_GLYPHS = dict(zip("│─└┤┬┊┼▲△▼▽━▸◂–−…·█▄▀▒•×●°≤≥", "|-+++:+^^vv-><--~.##'=oxo'<>", strict=True))
_GREEK = dict(zip("αβγδεθλμπρσφψω", "abgdelmnprsfpw", strict=True)) | {"θ": "th", "λ": "l", "μ": "u", "ψ": "psi"}
_WORDS = {"Σ": "sum", "Δ": "d", "²": "^2", "³": "^3", "‖": "|", "≈": "~", "√": "sqrt", "∞": "inf"}
_ARROWS = {"→": "right", "←": "left", "↑": "up", "↓": "down"}
_SIGNS = {"±": "+-", "∓": "-+"}
_TABLE = str.maketrans(_GLYPHS | _GREEK | _WORDS | _ARROWS | _SIGNS)


def to_ascii(text: str) -> str:
    """`text` in printable ASCII: glyphs by their likes, a few letters by words, what has no like by `?`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if " " <= c <= "~" else "?" for c in text.translate(_TABLE))
