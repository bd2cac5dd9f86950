"""The key table: unique, grouped by category, and the same in the README."""

from pathlib import Path
from typing import get_args

from grok_tui.session.keymap import (
    KEYS,
    OLD_KEY_IDS,
    SCREENS,
    TABLE_KEYS,
    Category,
    by_category,
    configured_keys,
    key_label,
    keys_markdown,
    split_keys,
)
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS

README = Path(__file__).parents[3] / "README.md"


def test_ids_and_keys_are_unique() -> None:
    for screen in SCREENS:
        keys = [name for key in screen for name in key.keys]
        assert len(set(keys)) == len(keys)
    every = (*KEYS, *TABLE_KEYS)
    assert len({key.id for key in every}) == len(every)


def test_the_table_is_grouped_by_category() -> None:
    every = (*KEYS, *TABLE_KEYS)
    groups = by_category(every)
    assert [category for category, _ in groups] == list(get_args(Category))
    assert [key for _, keys in groups for key in keys] == list(every)


def test_old_ids_name_actions_of_the_table() -> None:
    assert OLD_KEY_IDS["knock.cluster"] == "ablate.cluster"
    ids = {key.id for key in KEYS}
    assert set(OLD_KEY_IDS.values()) <= ids
    assert not set(OLD_KEY_IDS) & ids


def test_the_users_keys_replace_the_defaults() -> None:
    changed = {key.id: key for key in configured_keys({"epoch.next": "ctrl+n", "help": "f1, f2"})}
    assert changed["epoch.next"].shown == "ctrl+n"
    assert changed["help"].keys == ("f1", "f2")
    assert changed["quit"].shown == "q"
    assert key_label("help", {"help": "f1, f2"}) == "f1"
    assert key_label("epoch.next", {}) == "→"


def test_keys_are_separated_by_commas() -> None:
    assert split_keys("ctrl+n, ]") == ["ctrl+n", "]"]
    assert split_keys(" ,") == []


def test_the_readme_has_the_key_table() -> None:
    assert keys_markdown() in README.read_text(encoding="utf-8")


def test_the_readme_lists_the_views_of_each_workspace() -> None:
    readme = README.read_text(encoding="utf-8")
    for number, workspace in enumerate(WORKSPACES, start=1):
        shown, further = (" ".join(f"`{view}`" for view in views) for views in (workspace.views, workspace.further))
        by_name = f"; by name {further}" if further else ""
        assert f"| {number} {workspace.name} | {shown}{by_name} |" in readme


def test_every_view_is_in_exactly_one_workspace() -> None:
    assert sorted(view for workspace in WORKSPACES for view in workspace.all_views) == sorted(VIEWS)


def test_a_key_of_the_user_is_taken_from_the_further_keys_of_other_actions() -> None:
    changed = {key.id: key for key in configured_keys({"epoch.previous": "ctrl+d, G", "help": ":"})}
    assert (changed["epoch.next10"].keys, changed["epoch.next10"].shown) == (("shift+right", "L"), "shift+right L")
    assert changed["epoch.last"].keys == ("end",)
    assert changed["palette"].keys == ("ctrl+p", "slash")
    assert changed["quit"] == {key.id: key for key in KEYS}["quit"]


def test_in_the_table_of_runs_the_slash_filters() -> None:
    keys = {key.id: key for key in SCREENS[1]}
    assert keys["runs.filter"].keys == ("slash",)
    assert keys["palette"].keys == ("ctrl+p", "colon")
