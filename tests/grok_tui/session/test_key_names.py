"""Names of keys without Textual."""

import pytest

from grok_tui.session.key_names import is_key, key_name


@pytest.mark.parametrize("keys", ["w", "W", "3", "ctrl+n", "alt+right", "f24", "ctrl+shift+up", "minus"])
def test_letters_named_keys_and_modifiers_are_keys(keys: str) -> None:
    assert is_key(keys)


@pytest.mark.parametrize("keys", ["banana", "ctrl+shift+banana", "hyper+n", "f25", "", "ctrl+"])
def test_anything_else_is_not_a_key(keys: str) -> None:
    assert not is_key(keys)


def test_a_name_stays_as_it_is() -> None:
    assert [key_name(name) for name in ("n", "ctrl+n", "space", "é")] == ["n", "ctrl+n", "space", "é"]
