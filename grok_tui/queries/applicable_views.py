"""Which views apply to a network: those whose parts it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.networks.parts import PARTS, HasParts, Part, require_one_part
from grok_tui.session.workspaces import VIEW_NAMES
from grok_tui.views import VIEWS
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Run


def require_parts(view: View[Any], run: Run) -> None:
    """Check that a view applies to the network of a run; without weights the network is not known.

    Raises:
        MissingPart: it does not; the message names the view, the part and the network.
    """
    if run.has_weights:
        for parts in _alternatives(view):
            require_one_part(run.config, parts, view.name)


def _alternatives(view: View[Any]) -> list[tuple[Part, ...]]:
    """What a view needs: one part of each tuple."""
    return [*((part,) for part in view.needs), *([view.needs_one_of] if view.needs_one_of else [])]


def views_without_parts(network: HasParts) -> dict[str, list[str]]:
    """The views that do not apply to a network, by the first part that they lack: "W_E", "W_E or W_logit"."""
    missing: dict[str, list[str]] = {}
    for name in VIEW_NAMES:
        lacking = [parts for parts in _alternatives(VIEWS[name]) if network.parts.isdisjoint(parts)]
        if lacking:
            missing.setdefault(" or ".join(lacking[0]), []).append(name)
    return missing


def needs_markdown() -> str:
    """The table of the README: the views that need a part, by part."""
    needed_by: dict[str, list[str]] = {part: [] for part in PARTS}
    for name in VIEW_NAMES:
        for parts in _alternatives(VIEWS[name]):
            needed_by.setdefault(" or ".join(parts), []).append(f"`{name}`")
    rows = [f"| {parts} | {' '.join(names)} |" for parts, names in needed_by.items() if names]
    return "\n".join(["| part | views that need it |", "|---|---|", *rows])
