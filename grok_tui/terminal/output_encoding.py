"""The encoding of stdout and stderr: ASCII in the C locale, and never an error for a character that it lacks."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping
from io import TextIOWrapper

from grok_tui.render.ascii_fallback import ascii_or_escape

_ERRORS = "grok_tui.similar_ascii"
_C_LOCALES = ("C", "POSIX")
# Python sets LC_CTYPE to one of these if the locale is C, see PEP 538.
_COERCED_LC_CTYPE = ("C.UTF-8", "C.utf8", "UTF-8")


def configure_output_encoding(environment: Mapping[str, str] = os.environ) -> None:
    """Encode stdout and stderr as ASCII in the C locale; similar ASCII replaces characters that an encoding lacks."""
    codecs.register_error(_ERRORS, _similar_ascii)
    encoding = "ascii" if wants_ascii(environment) else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=_ERRORS)


def use_utf8() -> None:
    """Encode stdout and stderr as UTF-8 whatever the locale; call this before anything is written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=_ERRORS)


def wants_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the environment names the C locale, and does not tell Python another encoding.

    Python itself uses UTF-8 in the C locale (PEP 540). No locale at all, as in many containers, is not the C locale
    here: their terminals nearly always show UTF-8.
    """
    if environment.get("PYTHONIOENCODING") or environment.get("PYTHONUTF8") == "1":
        return False
    lc_ctype, lang = environment.get("LC_CTYPE", ""), environment.get("LANG", "")
    if lc_ctype in _COERCED_LC_CTYPE and lang in _C_LOCALES:
        lc_ctype = ""
    return (environment.get("LC_ALL") or lc_ctype or lang) in _C_LOCALES


def _similar_ascii(error: UnicodeError) -> tuple[str, int]:
    """The error handler: what to write instead of the characters, and where to continue."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_or_escape(error.object[error.start : error.end]), error.end
