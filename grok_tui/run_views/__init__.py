"""The views over many runs. Their registry is imported on first use (PEP 562): the table does not wait for charts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; `as` marks a re-export
    from grok_tui.run_views.registry import RUN_VIEWS as RUN_VIEWS


def __getattr__(name: str) -> Any:
    if name != "RUN_VIEWS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = import_module("grok_tui.run_views.registry").RUN_VIEWS
    return value
