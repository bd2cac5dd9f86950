"""The user's folders follow the environment, and have a place where nothing exists without a home."""

from __future__ import annotations

import pytest

from grok_tui.session.settings import Settings, read_settings, settings_path
from grok_tui.session.user_folders import user_folder


@pytest.mark.parametrize("kind", ["cache", "config", "state"])
def test_the_environment_names_the_folder(kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path))
    assert user_folder(kind) == tmp_path / "grok-tui"


def test_a_user_without_an_account_has_no_folders(monkeypatch) -> None:
    def no_account(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setattr("pwd.getpwuid", no_account)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for kind in ("cache", "config", "state"):
        with pytest.raises(OSError, match="Not a directory"):
            user_folder(kind).mkdir(parents=True, exist_ok=True)
    assert read_settings(settings_path()) == Settings()
