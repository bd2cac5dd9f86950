"""Settings checked against Textual: themes, keys, and how Textual names the keys."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App
from textual.binding import Binding, BindingType

from engine import GrokError
from grok_tui.app.app import GrokApp
from grok_tui.app.validation import validate_names
from grok_tui.session.key_names import is_key, key_name
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings, read_settings, with_overrides

PUNCTUATION = [character for character in map(chr, range(33, 127)) if not character.isalnum()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\n"epoch.next" = "shift+h"', "'shift+h' never arrives from a terminal; write 'H'"),
        ('[keys]\n"epoch.nxt" = "n"', "unknown action 'epoch.nxt'; valid actions: epoch.next"),
        ('[keys]\n"epoch.next" = "q"', "the key 'q' is bound to both epoch.next and quit"),
        ('[keys]\n"epoch.next" = "]"', "is bound to both"),
        ('[keys]\n"epoch.next" = "banana"', "'banana' is not a key; valid keys are like n, ctrl+n"),
        ('[keys]\n"epoch.next" = "hyper+n"', "'hyper+n' is not a key"),
        ('theme = "octarine"', "Unknown theme 'octarine'; pass --theme or set it in"),
    ],
)
def test_an_invalid_key_or_theme_gets_one_sentence(tmp_path, text, words) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(GrokError) as caught:
        validate_names(read_settings(path), path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_theme_option_lists_the_valid_themes() -> None:
    with pytest.raises(GrokError, match="valid themes: textual-dark"):
        validate_names(with_overrides(Settings(), {"theme": "octarine"}), Path("config.toml"))


@pytest.mark.parametrize("keys", ["T", "ctrl+n", "alt+right", "f5", "W", "ctrl+t,f6", "ctrl+shift+up"])
def test_valid_keys_are_accepted(tmp_path, keys) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[keys]\n"play.loop" = "{keys}"\n"neuron.goto" = "f9"\n"cluster.next" = "f8"\n"epoch.play" = "f7"\n'
    )
    settings = read_settings(path)
    validate_names(settings, path)
    assert settings.keys["play.loop"] == keys


async def test_key_names_are_those_of_textual() -> None:
    pressed: list[str] = []

    class Bound(App[None]):
        BINDINGS: ClassVar[list[BindingType]] = [
            Binding(key_name(character), f"note({character!r})") for character in PUNCTUATION
        ]

        def action_note(self, character: str) -> None:
            pressed.append(character)

    async with Bound().run_test() as pilot:
        await pilot.press(*PUNCTUATION)
    assert pressed == PUNCTUATION
    assert all(is_key(key_name(character)) for character in PUNCTUATION)


async def test_the_users_keys_act_in_the_app(explorer, settled) -> None:
    settings = Settings(theme="nord", keys={"epoch.previous": "ctrl+b,[", "cluster.previous": "{"})
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), settings=settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == "nord"
        for keys, epoch in (("ctrl+b", 30), ("left_square_bracket", 20), ("left", 20), ("h", 20), ("right", 30)):
            await pilot.press(keys)
            await settled(pilot)
            assert app.run_screen.selection.epoch == epoch
