"""Where a tour is: saved with the session of a run, so that it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TourPosition:
    """A stop of a tour, counted from 0. A file of None is the tour of the study; `on`: whether it is on the screen."""

    file: str | None = None
    stop: int = 0
    on: bool = False


NO_TOUR = TourPosition()
