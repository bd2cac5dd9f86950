"""What a front end holds of an open run, and what it keeps of it until next time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from engine.runs.atomic_files import write_atomically
from grok_tui.session.selection import Selection, nearest_epoch
from grok_tui.session.workspaces import VIEW_ALIASES

if TYPE_CHECKING:
    from engine import Explorer

# What of a selection is kept: that which any run has.
_NUMBERS = {"neuron": "d_mlp", "head": "n_heads", "dimension": "d_model", "x": "p", "y": "p"}
_ORDERS = ("natural", "unwrapped")


@dataclass(frozen=True)
class Layout:
    """A workspace by name, the view of it that has the keys, and whether that stands alone."""

    workspace: str = "overview"
    focused: str | None = "neuron"
    zoomed: bool = False


@dataclass(frozen=True)
class OpenRun:
    """A run open for questions, and where to start."""

    explorer: Explorer
    selection: Selection
    layout: Layout = field(default_factory=Layout)
    second: Explorer | None = None  # a run to compare with


@dataclass(frozen=True)
class SavedSession:
    """Where somebody was in a run. An epoch is None that was the last one: a run may have grown since."""

    layout: Layout
    epoch: int | None
    reference_epoch: int | None
    numbers: Mapping[str, int]
    order: str


def save_session(explorer: Explorer, selection: Selection, layout: Layout) -> None:
    """Write down where somebody is in a run. It is a courtesy: where it cannot be written, nothing happens."""
    last = explorer.epochs[-1]
    kept = {
        "run": str(explorer.run.path.absolute()),
        "layout": {"workspace": layout.workspace, "focused": layout.focused, "zoomed": layout.zoomed},
        "epoch": None if selection.epoch == last else selection.epoch,
        "reference_epoch": None if selection.reference_epoch == last else selection.reference_epoch,
        "order": selection.order,
        **{name: getattr(selection, name) for name in _NUMBERS},
    }
    path = _file_of(explorer.run.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(kept, indent=1).encode())
    except OSError:
        return


def load_session(run: Path) -> SavedSession | None:
    """Where somebody was in a run the last time; None where that is not known or not to be understood."""
    try:
        told = json.loads(_file_of(run).read_text(encoding="utf-8"))
        layout = told["layout"]
        return SavedSession(
            Layout(str(layout["workspace"]), _view_name(layout["focused"]), bool(layout["zoomed"])),
            epoch=_number(told["epoch"]),
            reference_epoch=_number(told["reference_epoch"]),
            numbers={name: int(told[name]) for name in _NUMBERS},
            order=str(told["order"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def restore_selection(explorer: Explorer, start: Selection, kept: SavedSession) -> Selection:
    """The kept selection, as far as the run still has what it points at; else as `start`."""
    config = explorer.run.config
    changes: dict[str, Any] = {
        name: number for name, number in kept.numbers.items() if 0 <= number < getattr(config, _NUMBERS[name])
    }
    for name, epoch in (("epoch", kept.epoch), ("reference_epoch", kept.reference_epoch)):
        if epoch is not None:
            changes[name] = nearest_epoch(explorer.epochs, epoch)
    if kept.order in _ORDERS:
        changes["order"] = kept.order
    return replace(start, **changes)


def recent_runs() -> list[Path]:
    """The runs that were open before and are still there, newest first."""
    runs = []
    for file in sorted(_folder().glob("*.json"), key=_age):
        try:
            run = Path(str(json.loads(file.read_text(encoding="utf-8"))["run"]))
            if run.exists():
                runs.append(run)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return runs


def _number(told: Any) -> int | None:
    return None if told is None else int(told)


def _view_name(saved: Any) -> str | None:
    """The current name of a saved view; None if no view had the focus."""
    return VIEW_ALIASES.get(str(saved), str(saved)) if saved else None


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _folder() -> Path:
    return user_state_path("grok-tui") / "sessions"


def _file_of(run: Path) -> Path:
    """One file a run, named by where the run lies."""
    return _folder() / f"{hashlib.sha256(str(run.absolute()).encode()).hexdigest()[:32]}.json"
