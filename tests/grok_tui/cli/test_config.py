"""`grok-tui config`: each setting with its source, the keys, and the paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import fields_dict

from grok_tui.session.keymap import KEYS, TABLE_KEYS
from grok_tui.session.settings import Settings, settings_path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of their own, and no locale, colours or other wishes in the environment."""
    for kind in ("CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    for name in ("LC_ALL", "LC_CTYPE", "LANG", "NO_COLOR", "PYTHONIOENCODING", "PYTHONUTF8"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write_config(text: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(text, encoding="utf-8")


def settings(run, *options: str) -> dict[str, tuple[object, str]]:
    status, out, err = run("config", "--format", "json", *options)
    assert (status, err) == (0, "")
    return {name: (entry["value"], entry["source"]) for name, entry in json.loads(out)["settings"].items()}


def test_without_a_file_all_settings_are_defaults(run) -> None:
    found = settings(run)
    assert set(found) == set(fields_dict(Settings)) - {"keys"}
    assert found == {name: (getattr(Settings(), name), "default") for name in found}


def test_each_setting_has_the_source_that_wins(run, monkeypatch) -> None:
    write_config('theme = "nord"\ndevice = "cpu"\nmarkers = "half"\n')
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("NO_COLOR", "1")
    found = settings(run, "--theme", "gruvbox")
    assert found["theme"] == ("gruvbox", "option")
    assert found["device"] == ("cpu", "config file")
    assert found["ascii"] == (True, "environment")
    assert found["colours"] == ("none", "environment")
    assert found["workspace"] == ("overview", "default")
    assert settings(run, "--no-ascii")["ascii"] == (False, "option")


def test_every_action_is_listed_with_its_keys(run) -> None:
    write_config('[keys]\n"epoch.next" = "ctrl+n,right"\n')
    actions = {action["id"]: action for action in json.loads(run("config", "--format", "json").out)["actions"]}
    assert list(actions) == [key.id for key in (*KEYS, *TABLE_KEYS)]
    assert (actions["epoch.next"]["keys"], actions["epoch.next"]["source"]) == (["ctrl+n", "right"], "config file")
    assert (actions["epoch.last"]["keys"], actions["epoch.last"]["source"]) == (["end", "G"], "default")
    text = run("config").out
    assert "Keys: Epochs\n  epoch.next        ctrl+n right      next checkpoint (config file)\n" in text
    assert all(key.id in text for key in (*KEYS, *TABLE_KEYS))


def test_the_paths_are_those_that_the_program_uses(run, home) -> None:
    paths = json.loads(run("config", "--format", "json").out)["paths"]
    assert paths["config_file"] == {"path": str(home / "config" / "grok-tui" / "config.toml"), "exists": False}
    assert paths["cache"] == {"path": str(home / "cache" / "grok-tui"), "exists": False}
    assert paths["sessions"] == {"path": str(home / "state" / "grok-tui" / "sessions"), "exists": False}
    assert "does not exist" in run("config").out
    write_config("")
    assert json.loads(run("config", "--format", "json").out)["paths"]["config_file"]["exists"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("thme = 1", "unknown setting 'thme'"), ("theme", "cannot be read"), ("[keys]\nnope = 'n'", "unknown action")],
)
def test_an_invalid_file_is_an_error_that_names_it(text, sentence, run) -> None:
    write_config(text)
    status, out, err = run("config")
    assert (status, out) == (1, "")
    assert err.startswith(f"{settings_path()}: ")
    assert sentence in err
