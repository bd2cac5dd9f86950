"""Names of keys, as Textual spells them: `]` is right_square_bracket. Works without importing Textual."""

from __future__ import annotations

import unicodedata

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta"})
# Textual's short names; all other characters go by their Unicode names.
_SHORT_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_FUNCTION_KEYS = [f"f{number}" for number in range(1, 25)]
_NAVIGATION = ["left", "right", "up", "down", "home", "end", "pageup", "pagedown"]
_EDITING = ["insert", "delete", "backspace", "enter", "return", "tab", "escape", "space"]


def key_name(key: str) -> str:
    """The name of a key that may be written as its character.

    >>> key_name("]"), key_name("n"), key_name("ctrl+n")
    ('right_square_bracket', 'n', 'ctrl+n')
    """
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _SHORT_NAMES.get(name, name)


_NAMES = frozenset([*_FUNCTION_KEYS, *_NAVIGATION, *_EDITING, *(key_name(chr(code)) for code in range(33, 127))])


def is_key(name: str) -> bool:
    """Whether a name is a key's, with any modifiers before it.

    >>> is_key("ctrl+n"), is_key("shift+right"), is_key("banana"), is_key("hyper+n")
    (True, True, False, False)
    """
    *modifiers, last = name.split("+")
    return _MODIFIERS.issuperset(modifiers) and (len(last) == 1 or last in _NAMES)
