"""The user's folders: configuration, cache and state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_config_path, user_state_path

_FOLDERS = {"cache": user_cache_path, "config": user_config_path, "state": user_state_path}


def user_folder(kind: Literal["cache", "config", "state"]) -> Path:
    """The program's folder of a kind, which may not exist.

    Without a home directory, as of a user id without an account in a container, a path below the null device: nothing
    can be read or written there, as with `HOME=/dev/null`.
    """
    try:
        return _FOLDERS[kind]("grok-tui")
    except RuntimeError:
        return Path(os.devnull) / "grok-tui"
