"""An open run, and the position and layout that are saved per run for the next start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import GrokError
from engine.networks.layers import n_layers, shown_layer
from engine.runs.atomic_files import write_atomically
from engine.runs.remote.address import RunLocation, parse_location
from grok_tui.session.selection import Selection, nearest_epoch, orders_of
from grok_tui.session.tour_position import NO_TOUR, TourPosition
from grok_tui.session.user_folders import user_folder
from grok_tui.session.workspaces import VIEW_ALIASES

if TYPE_CHECKING:
    from engine import Explorer

# The saved numbers of a selection, each with the field of the config that limits it.
_NUMBERS = {"neuron": "n_neurons", "head": "n_heads", "dimension": "d_model", "x": "p", "y": "p"}


@dataclass(frozen=True)
class Layout:
    """A workspace by name, the view that has the focus, and whether that view is zoomed."""

    workspace: str = "overview"
    focused: str | None = "neuron"
    zoomed: bool = False


@dataclass(frozen=True)
class OpenRun:
    """An explorer of a run, and where to start."""

    explorer: Explorer
    selection: Selection
    layout: Layout = field(default_factory=Layout)
    second: Explorer | None = None  # of a run to compare with
    tour: TourPosition = NO_TOUR


@dataclass(frozen=True)
class SavedSession:
    """The saved position in a run. An epoch of None means the last: the run may have grown since."""

    layout: Layout
    epoch: int | None
    reference_epoch: int | None
    numbers: Mapping[str, int]
    order: str
    layer: int | None = None  # None: the one that the run is opened with
    tour: TourPosition = NO_TOUR  # not on: a run is opened without it


def save_session(explorer: Explorer, selection: Selection, layout: Layout, tour: TourPosition = NO_TOUR) -> None:
    """Save position, layout and the stop of the tour; does nothing if the file cannot be written."""
    last = explorer.epochs[-1]
    session = {
        "run": explorer.run.location,
        "layout": {"workspace": layout.workspace, "focused": layout.focused, "zoomed": layout.zoomed},
        "epoch": None if selection.epoch == last else selection.epoch,
        "reference_epoch": None if selection.reference_epoch == last else selection.reference_epoch,
        "order": selection.order,
        "layer": shown_layer(explorer.run.config) if explorer.run.has_weights else None,
        **{name: getattr(selection, name) for name in _NUMBERS},
        "tour": {"file": tour.file, "stop": tour.stop},
    }
    path = _file_of(explorer.run.location)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(session, indent=1).encode())
    except OSError:
        return


def load_session(location: str) -> SavedSession | None:
    """The saved position in the run at `Run.location`; None if it is missing or unreadable."""
    try:
        session = json.loads(_file_of(location).read_text(encoding="utf-8"))
        layout = session["layout"]
        return SavedSession(
            Layout(str(layout["workspace"]), _view_name(layout["focused"]), bool(layout["zoomed"])),
            epoch=_number(session["epoch"]),
            reference_epoch=_number(session["reference_epoch"]),
            numbers={name: int(session[name]) for name in _NUMBERS},
            order=str(session["order"]),
            layer=_number(session.get("layer")),
            tour=_tour_position(session.get("tour")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def restore_selection(explorer: Explorer, start: Selection, saved: SavedSession) -> Selection:
    """The saved selection; numbers that the run does not have are as in `start`."""
    changes: dict[str, Any] = {}
    if explorer.run.has_weights:
        config = explorer.run.config
        if saved.layer not in (None, shown_layer(config)) and saved.layer in range(n_layers(config)):
            changes["layer"] = saved.layer
            config = explorer.at_layer(saved.layer).run.config
        numbers = saved.numbers.items()
        changes |= {name: number for name, number in numbers if 0 <= number < getattr(config, _NUMBERS[name])}
    for name, epoch in (("epoch", saved.epoch), ("reference_epoch", saved.reference_epoch)):
        if epoch is not None:
            changes[name] = nearest_epoch(explorer.epochs, epoch)
    if saved.order in orders_of(explorer):
        changes["order"] = saved.order
    return replace(start, **changes)


def recent_runs() -> list[RunLocation]:
    """The runs that were opened before, latest first: on this machine those that still exist.

    An address with a password or a query cannot be opened again: these are not saved.
    """
    runs: list[RunLocation] = []
    for file in sorted(sessions_folder().glob("*.json"), key=_age):
        try:
            text = str(json.loads(file.read_text(encoding="utf-8"))["run"])
            run = parse_location(text)
            if run.exists() if isinstance(run, Path) else "…" not in text:
                runs.append(run)
        except (OSError, ValueError, KeyError, TypeError, GrokError):
            continue
    return runs


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _tour_position(saved: Any) -> TourPosition:
    """The saved stop; the first of the tour of the study if none was saved, as by earlier versions."""
    if not isinstance(saved, dict):
        return NO_TOUR
    return TourPosition(None if saved["file"] is None else str(saved["file"]), max(int(saved["stop"]), 0))


def _view_name(saved: Any) -> str | None:
    """The current name of a saved view; None if no view had the focus."""
    return VIEW_ALIASES.get(str(saved), str(saved)) if saved else None


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def sessions_folder() -> Path:
    """The folder of the saved sessions, which may not exist."""
    return user_folder("state") / "sessions"


def _file_of(location: str) -> Path:
    """One file per run, named by a hash of its location."""
    return sessions_folder() / f"{hashlib.sha256(location.encode()).hexdigest()[:32]}.json"
