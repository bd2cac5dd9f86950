"""The footer: whole entries, the focused pane's keys first, the user's own keys."""

from __future__ import annotations

import pytest

from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.render.palette import DARK
from grok_tui.session.keymap import KEYS, configured_keys, explorer_keys
from grok_tui.views import VIEWS


def test_it_shows_whole_entries_and_help_first() -> None:
    bar = KeyBar(KEYS, DARK)
    hints = {key.hint for key in KEYS if key.hint}
    for width in range(10, 140):
        shown = bar.line(width).plain.rstrip()
        assert len(shown) <= width
        entries = [entry.strip() for entry in shown.split("   ")]
        assert entries[0] == "? help"
        assert {entry.partition(" ")[2] for entry in entries} <= hints


@pytest.mark.parametrize("name", VIEWS)
def test_it_shows_the_pane_s_own_keys_before_others(name: str) -> None:
    bar = KeyBar(explorer_keys({}, has_table=False), DARK, VIEWS[name].keys)
    own = [key.hint for key in KEYS if key.id in VIEWS[name].keys and key.hint]
    shown = [entry.strip().split(" ", 1)[1] for entry in bar.line(400).plain.strip().split("   ")]
    assert shown[:3] == ["help", "quit", "epoch"]
    assert sorted(shown[3 : 3 + len(own)]) == sorted(own)
    assert len(shown) == len(set(shown))


async def test_it_follows_the_focus(app, settled) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        bar = app.run_screen.query_one(KeyBar)
        assert "u unwrap" in bar.line(120).plain
        app.run_screen.query_one("#losses").focus()
        await pilot.pause()
        assert "u unwrap" not in bar.line(120).plain
        assert "y log y" in bar.line(120).plain
        await pilot.press("7", "tab")
        await settled(pilot)
        assert "b ablate cluster" in bar.line(120).plain


def test_it_shows_the_user_s_own_keys() -> None:
    assert "f1 help" in KeyBar(configured_keys({"help": "f1"}), DARK).line(80).plain


def test_it_shows_the_way_back_to_a_table_of_runs() -> None:
    assert "escape runs" in KeyBar(explorer_keys({}, has_table=True), DARK).line(80).plain
    assert "escape" not in KeyBar(explorer_keys({}, has_table=False), DARK).line(400).plain


def test_the_key_of_layers_is_on_a_narrow_screen_for_a_deeper_network_alone() -> None:
    deeper = KeyBar(explorer_keys({}, has_table=False, has_layers=True), DARK, VIEWS["losses"].keys)
    assert "} layer" in deeper.line(80).plain
    assert "} layer" not in KeyBar(explorer_keys({}, has_table=False), DARK).line(400).plain
