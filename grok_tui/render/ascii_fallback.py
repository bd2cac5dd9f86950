"""Text and glyphs for terminals that show only ASCII."""

from __future__ import annotations

_GLYPHS = dict(zip("│─└┤┬┊┼▲△▼▽━▸◂▶◀–−…·█▄▀▒•×●°≤≥", "|-+++:+^^vv-><><--~.##'=oxo'<>", strict=True))
_GREEK = dict(zip("αβγδεθλμπρσφψω", "abgdelmnprsfpw", strict=True)) | {"θ": "th", "λ": "l", "μ": "u", "ψ": "psi"}
_WORDS = {"Σ": "sum", "Δ": "d", "²": "^2", "³": "^3", "‖": "|", "≈": "~", "√": "sqrt", "∞": "inf"}
_ARROWS = {"→": "right", "←": "left", "↑": "up", "↓": "down"}
_SIGNS = {"±": "+-", "∓": "-+"}
_TABLE = str.maketrans(_GLYPHS | _GREEK | _WORDS | _ARROWS | _SIGNS)


def to_ascii(text: str) -> str:
    """Replace glyphs by similar ASCII, some letters by words, and every other character by `?`.

    >>> to_ascii("λ · 2 × Σ w²")
    'l . 2 x sum w^2'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if " " <= c <= "~" else "?" for c in text.translate(_TABLE))


def ascii_or_escape(text: str) -> str:
    """Like `to_ascii`, but with a backslash escape for every other character.

    >>> ascii_or_escape("2 × é")
    '2 x \\\\xe9'
    """
    return "".join(c if c.isascii() else c.encode("ascii", "backslashreplace").decode() for c in text.translate(_TABLE))
