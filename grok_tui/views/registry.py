"""The registry: every view by its name, in the order of the workspaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from engine.errors import WrongUsage
from grok_tui.session.workspaces import VIEW_ALIASES, VIEW_NAMES
from grok_tui.views.view import View

# The modules of views that are not named like their module, as "attention-map" is like attention_map.
_MODULES = {
    "block": "fourier_block",
    "history": "neuron_history",
    "phases": "training_phases",
    "test-trig-ratio": "trig_ratio",
    "weights": "weight_norms",
}


class _LazyViews(Mapping[str, View[Any]]):
    """Views by name; the module of a view is imported on its first use: the first screen needs four of them."""

    def __init__(self) -> None:
        self._imported: dict[str, View[Any]] = {}

    def __getitem__(self, name: str) -> View[Any]:
        if name not in self._imported:
            if name not in VIEW_NAMES:
                raise KeyError(name)
            module = import_module(f"grok_tui.views.{_MODULES.get(name, name.replace('-', '_'))}")
            self._imported[name] = module.VIEW
        return self._imported[name]

    def __contains__(self, name: object) -> bool:
        return name in VIEW_NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(VIEW_NAMES)

    def __len__(self) -> int:
        return len(VIEW_NAMES)


VIEWS: Mapping[str, View[Any]] = _LazyViews()


def view_named(name: str) -> View[Any]:
    """The view with this name or this former name.

    Raises:
        WrongUsage: no view has it; the message suggests the closest name and lists all.
    """
    name = VIEW_ALIASES.get(name, name)
    if name in VIEWS:
        return VIEWS[name]
    close = get_close_matches(name, VIEWS, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise WrongUsage(f"There is no view {name!r}.{hint} Views: {', '.join(VIEW_NAMES)}.")
