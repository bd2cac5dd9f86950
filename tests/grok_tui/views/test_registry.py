"""The registry of views: lookup by name, by former name, and by a name that no view has."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from engine.errors import WrongUsage
from grok_tui.cli.main import main
from grok_tui.session.workspaces import VIEW_ALIASES, WORKSPACES
from grok_tui.views import VIEWS, registry, view_named


def test_every_view_is_found_by_its_name() -> None:
    assert all(view_named(name) is view for name, view in VIEWS.items())
    assert all(name == view.name for name, view in VIEWS.items())


def test_the_module_of_every_view_is_found() -> None:
    folder = Path(registry.__file__).parent
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry", "view"}
    modules = [import_module(f"grok_tui.views.{name}") for name in names]
    assert {module.VIEW.name for module in modules} == set(VIEWS)


def test_a_name_that_no_view_has_is_not_found() -> None:
    assert "clustrs" not in VIEWS
    assert VIEWS.get("clustrs") is None


def test_a_former_name_finds_the_view() -> None:
    assert view_named("bench") is VIEWS["ablation"]
    assert not set(VIEW_ALIASES) & set(VIEWS)
    assert set(VIEW_ALIASES.values()) <= set(VIEWS)


def test_an_unknown_name_suggests_the_closest() -> None:
    with pytest.raises(WrongUsage, match=r"^There is no view 'clustrs'\. Did you mean 'clusters'\? Views: losses, "):
        view_named("clustrs")
    with pytest.raises(WrongUsage, match=r"^There is no view '%'\. Views: losses, "):
        view_named("%")


def test_show_accepts_a_former_name(tiny_run, capsys) -> None:
    outputs = []
    for name in ("bench", "ablation"):
        assert main(["show", name, str(tiny_run), "--format", "json"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_help_names_workspaces_and_views_that_exist() -> None:
    workspaces = {workspace.name for workspace in WORKSPACES}
    named = []
    for view in VIEWS.values():
        text = " ".join((view.about.shows, view.about.definition, view.about.reading))
        found = re.findall(r"workspaces? (\w+)(?: and (\w+))?", text)
        named += [name for names in found for name in names if name]
        assert set(re.findall(r"\b(?:view|pane)s? `([\w-]+)`", text)) <= set(VIEWS), view.name
    assert named
    assert set(named) <= workspaces
