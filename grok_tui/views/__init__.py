"""The views. Their registry is imported on first use (PEP 562): a table of runs does not wait for all of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; `as` marks a re-export
    from grok_tui.views.registry import VIEWS as VIEWS
    from grok_tui.views.registry import view_named as view_named


def __getattr__(name: str) -> Any:
    if name not in ("VIEWS", "view_named"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module("grok_tui.views.registry"), name)
    return value
