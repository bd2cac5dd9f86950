"""Texts as in print: minus signs for hyphens before numbers and between tokens, powers of ten for exponents."""

from __future__ import annotations

import re

_EXPONENT = re.compile(r"(?<![\w.])([-+−]?)(\d[\d,]*(?:\.\d+)?)e([-+−]?)0*(\d+)(?![\w.])")
_NEGATIVE = re.compile(r"(?<![\w.)\]])-(?=\.?\d)")
# Not between two numbers, which are a range, and not between parts of a word.
_DIFFERENCE = re.compile(r"(?<=[^\W\d] )-(?= [\w(|])|(?<=[)|] )-(?= [\w(|])|(?<=\b[xyz])-(?=[xyz]\b)")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def typeset(text: str) -> str:
    """The text with its numbers and differences in this form.

    >>> typeset("test 3.48e-07 · -1.5 to 2.0 · cos w(x+y-z) · 2 phi - psi · 10 - 20 · 2-D · +0.0e+00")
    'test 3.48×10⁻⁷ · −1.5 to 2.0 · cos w(x+y−z) · 2 phi − psi · 10 - 20 · 2-D · 0'
    """
    return _DIFFERENCE.sub("−", _NEGATIVE.sub("−", _EXPONENT.sub(_power, text)))


def _power(match: re.Match[str]) -> str:
    sign, mantissa, exponent_sign, exponent = match.groups()
    if not mantissa.strip("0.,"):
        return "0"
    minus = "⁻" if exponent_sign in ("-", "−") and exponent.strip("0") else ""
    return f"{sign}{mantissa}×10{minus}{exponent.translate(_SUPERSCRIPTS)}"
