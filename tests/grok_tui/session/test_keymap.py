from pathlib import Path

import pytest

from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.render.palette import DARK
from grok_tui.session.keymap import KEYS, keys_markdown
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS

README = Path(__file__).parents[3] / "README.md"


def test_ids_and_keys_are_used_once() -> None:
    keys = [name for key in KEYS for name in key.keys]
    assert len(set(keys)) == len(keys)
    assert len({key.id for key in KEYS}) == len(KEYS)


def test_the_readme_lists_the_keys_as_they_are() -> None:
    assert keys_markdown() in README.read_text(encoding="utf-8")


def test_the_readme_has_every_view_in_its_workspace() -> None:
    readme = README.read_text(encoding="utf-8")
    for number, workspace in enumerate(WORKSPACES, start=1):
        assert f"| {number} {workspace.name} | {' '.join(f'`{view}`' for view in workspace.views)} |" in readme


def test_every_view_stands_in_one_workspace() -> None:
    placed = [view for workspace in WORKSPACES for view in workspace.views]
    assert sorted(placed) == sorted(VIEWS)


def test_the_key_bar_shows_whole_entries_and_help_first() -> None:
    bar = KeyBar(KEYS, DARK)
    for width in range(10, 140):
        shown = bar.line(width).plain.rstrip()
        assert len(shown) <= width
        assert shown.startswith(" ? help")
        assert shown.split(" ")[-1] in {key.hint.split()[-1] for key in KEYS if key.hint}


@pytest.mark.parametrize("name", VIEWS)
def test_the_key_bar_shows_a_pane_s_own_keys_before_others(name: str) -> None:
    bar = KeyBar(KEYS, DARK, VIEWS[name].keys)
    own = [key.hint for key in KEYS if key.id in VIEWS[name].keys and key.hint]
    shown = [entry.strip().split(" ", 1)[1] for entry in bar.line(400).plain.strip().split("   ")]
    assert shown[:3] == ["help", "quit", "epoch"]
    assert sorted(shown[3 : 3 + len(own)]) == sorted(own)
    assert len(shown) == len(set(shown))


async def test_the_key_bar_follows_the_focus(app, settled) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        bar = app.query_one(KeyBar)
        assert "u unwrap" in bar.line(120).plain
        app.query_one("#losses").focus()
        await pilot.pause()
        assert "u unwrap" not in bar.line(120).plain
        assert "y log y" in bar.line(120).plain
        await pilot.press("7", "tab")
        await settled(pilot)
        assert "b cluster out" in bar.line(120).plain
