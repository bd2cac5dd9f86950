"""Files that are fetched when they are first opened.

The mirror of a remote folder has an empty placeholder for each file that was not fetched yet. `open_regular` calls
`ensure_fetched`, so every reader of the engine works on a mirror as on a local folder. The registry is in memory:
nothing that lies on a disk, or comes from a server, can cause a fetch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

_pending: dict[str, Callable[[], object]] = {}
_fetching = Lock()


def fetch_on_open(path: Path, fetch: Callable[[], object]) -> None:
    """Have `fetch` put the file in place before `path` is opened for the first time."""
    _pending[str(path)] = fetch


def is_placeholder(path: Path) -> bool:
    """Whether the file is fetched when it is opened."""
    return str(path) in _pending


def ensure_fetched(path: Path) -> None:
    """Fetch a file if it is a placeholder; one that could not be fetched is tried again at the next call.

    Raises:
        GrokError: it cannot be fetched.
    """
    if not is_placeholder(path):
        return
    with _fetching:  # of two threads that open the same file, the second finds it fetched
        fetch = _pending.get(str(path))
        if fetch is not None:
            fetch()
            _pending.pop(str(path), None)
