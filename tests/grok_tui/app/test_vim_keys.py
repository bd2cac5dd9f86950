"""Habits of vim and of the terminal: ends, tens, the palette, keys without an action, ctrl+c."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette

from grok_tui.app import terminal_app
from grok_tui.app.app import GrokApp
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from tests.grok_tui.driving import SIZE, press, until


def app_with(explorer, **keys: str) -> GrokApp:
    """The explorer with keys of the user, `_` in place of the dot of an action id."""
    settings = Settings(keys={name.replace("_", "."): key for name, key in keys.items()})
    opened = OpenRun(explorer, initial_selection(explorer))
    return GrokApp(lambda: opened, settings=settings)


async def test_gg_goes_to_the_first_epoch_and_capital_g_to_the_last(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "g", "g")
        assert app.screen is app.run_screen
        assert app.run_screen.selection.epoch == 0
        await press(pilot, settled, "G")
        assert app.run_screen.selection.epoch == 40
        await press(pilot, settled, "g", "2", "1", "enter")
        assert app.run_screen.selection.epoch == 20


async def test_the_user_s_own_key_for_going_to_an_epoch_doubles_too(explorer, settled) -> None:
    app = app_with(explorer, epoch_goto="t")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "t", "t")
        assert app.run_screen.selection.epoch == 0


async def test_in_the_prompt_for_a_neuron_the_key_is_ignored(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, "n", "g", "3", "enter")
        assert app.run_screen.selection.neuron == 3
        assert app.run_screen.selection.epoch == 40


async def test_a_number_after_a_colon_goes_to_the_epoch(app, settled) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        assert isinstance(app.screen, CommandPalette)
        await pilot.press("2", "0")
        palette = app.screen
        await until(pilot, lambda: palette.query("CommandList").first().option_count > 0)
        await pilot.press("enter")
        await until(pilot, lambda: app.run_screen.selection.epoch == 20)


async def test_a_key_without_an_action_is_answered_once(app, settled, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("j", "tab", "1", "Q", "Q", "f9", "Q")
        answers = [message for message in messages if "does nothing" in message]
        assert answers == ["Q does nothing here; ? lists the keys.", "f9 does nothing here; ? lists the keys."]


async def test_what_is_typed_into_a_prompt_is_not_answered(app, settled, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("n", "Q", "escape", "question_mark", "Q", "escape", "c", "Q", "escape")
        assert not [message for message in messages if "does nothing" in message]


async def test_a_second_ctrl_c_quits(app, settled, messages) -> None:
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c")
        assert messages == ["ctrl+c again quits; so does q."]
        assert app.is_running
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running)


async def test_a_ctrl_c_long_after_another_does_not_quit(app, settled, messages, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(terminal_app, "monotonic", lambda: now[0])
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c")
        now[0] += 2.1
        await pilot.press("ctrl+c")
        assert app.is_running
        assert messages == ["ctrl+c again quits; so does q."] * 2


@pytest.mark.parametrize(("key", "epoch"), [("ctrl+d", 30), ("ctrl+u", 30)])
async def test_a_further_key_that_the_user_gives_to_another_action_does_that(explorer, settled, key, epoch) -> None:
    app = app_with(explorer, epoch_previous=key)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, settled, key)
        assert app.run_screen.selection.epoch == epoch
