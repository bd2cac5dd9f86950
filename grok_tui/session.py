"""What a front end holds of an open run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.selection import Selection

if TYPE_CHECKING:
    from engine import Explorer


@dataclass(frozen=True)
class Opened:
    """A run open for questions, and where to start."""

    explorer: Explorer
    selection: Selection
