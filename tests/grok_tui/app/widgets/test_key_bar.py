"""The footer: whole entries, the focused pane's keys first, the user's own keys."""

from __future__ import annotations

import re

import pytest
from textual.events import DescendantFocus

from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.render.palette import DARK
from grok_tui.session.keymap import KEYS, configured_keys, explorer_keys
from grok_tui.views import VIEWS

FIRST = ["help", "workspace", "pane", "find"]


def entries(bar: KeyBar, width: int) -> list[tuple[str, str]]:
    """The keys and hints that are shown in a width."""
    shown = bar.line(width).plain
    assert len(shown) <= width
    return [(entry.partition(" ")[0], entry.partition(" ")[2]) for entry in re.split(r"\s{2,}", shown.strip())]


def test_it_shows_whole_entries_and_those_that_lead_to_all_others_first() -> None:
    bar = KeyBar(KEYS, DARK)
    hints = {key.hint for key in KEYS if key.hint}
    for width in range(24, 140):
        shown = entries(bar, width)
        assert [hint for _, hint in shown[:4]] == (FIRST if width >= 45 else [""] * 4)
        assert {hint for _, hint in shown} <= hints | {""}


@pytest.mark.parametrize("width", [24, 40, 80, 120, 220])
def test_workspaces_panes_and_the_palette_are_shown_at_any_width(width: int) -> None:
    bar = KeyBar(KEYS, DARK, VIEWS["neuron"].keys)
    assert [key for key, _ in entries(bar, width)[:4]] == ["?", "1-9", "tab", "ctrl+p"]
    assert ("q", "quit") in entries(bar, width) or width < 80


@pytest.mark.parametrize("name", VIEWS)
def test_it_shows_the_pane_s_own_keys_before_others(name: str) -> None:
    bar = KeyBar(explorer_keys({}, has_table=False), DARK, VIEWS[name].keys)
    own = [key.hint for key in KEYS if key.id in VIEWS[name].keys and key.hint]
    shown = [hint for _, hint in entries(bar, 400)]
    assert shown[:6] == [*FIRST, "quit", "epoch"]
    assert sorted(shown[6 : 6 + len(own)]) == sorted(own)
    assert len(shown) == len(set(shown))


async def test_zoom_comes_early_on_a_low_screen_where_all_panes_are_small(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        bar = app.run_screen.query_one(KeyBar)
        assert ("z", "zoom") in entries(bar, 80)
        await pilot.resize_terminal(80, 40)
        await settled(pilot)
        assert ("z", "zoom") not in entries(bar, 80)


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


async def test_at_the_start_it_shows_the_keys_of_the_lit_pane(app, settled) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        bar = app.run_screen.query_one(KeyBar)
        own = app.run_screen.grid.focused_pane.view
        assert own.name == "neuron"
        app.run_screen.on_descendant_focus(DescendantFocus(app.run_screen.query_one("#losses")))  # a late event
        assert "↓ neuron" in bar.line(80).plain
        assert "log y" not in bar.line(80).plain
