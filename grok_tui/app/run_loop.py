"""Explores one run after another, until the user quits or goes back to the table of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from engine.runs.remote.address import RunLocation
from grok_tui.app.app import GrokApp
from grok_tui.app.validation import validate_names
from grok_tui.render.cell_text import clean
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.settings import Settings, settings_path
from grok_tui.terminal.terminal_query import TerminalInput

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress


class Opener(Protocol):
    """Opens a run and chooses the start selection; with `resume` the saved session alone decides about that.

    `on_fetch` receives the progress of downloads, if the run lies elsewhere.
    """

    def __call__(self, *, resume: bool, on_fetch: Callable[[FetchProgress], None]) -> OpenRun: ...


class OpenerOf(Protocol):
    """Makes the opener of a run that is opened from within, or of two runs that are compared."""

    def __call__(self, location: RunLocation, second: RunLocation | None = None, /) -> Opener: ...


@dataclass(frozen=True)
class Ending:
    """How exploring ended: quitting with a status, going back to the table, or a run that could not be opened."""

    status: int = 0
    went_back: bool = False
    failure: Exception | None = None


def explore_runs(first: Opener, opener_of: OpenerOf, settings: Settings, terminal: TerminalInput | None = None) -> int:
    """Explore a run, then whichever run is opened from within; returns the exit status.

    If a run that is opened from within cannot be opened, the previous one is shown again, with the reason.

    Raises:
        GrokError: the first run cannot be opened, an option does not fit it, or a setting names an unknown theme,
            action or key.
    """
    validate_names(settings, settings_path())
    ending = explore_from(first, opener_of, settings, terminal or TerminalInput(), has_table=False)
    if ending.failure is not None:
        raise ending.failure
    return ending.status


def explore_from(
    first: Opener, opener_of: OpenerOf, settings: Settings, terminal: TerminalInput, *, has_table: bool
) -> Ending:
    """Explore a run, then whichever run is opened from within, until the user quits or goes back."""
    opener, previous, resume, notice = first, None, False, ""
    while True:
        app = _app_of(opener, resume=resume, settings=settings, terminal=terminal, notice=notice, has_table=has_table)
        app.run()
        if app.failure is not None:
            if previous is None:
                return Ending(failure=app.failure)
            opener, previous, resume = previous, None, True
            notice = sentence_of(app.failure)
        elif app.next_run is None:
            return Ending(app.return_code or 0, app.went_back)
        else:
            opener, previous, resume, notice = opener_of(app.next_run), opener, False, ""


def sentence_of(error: Exception) -> str:
    """The message of an error, without control characters."""
    return clean(str(error)) or type(error).__name__


def _app_of(
    opener: Opener, *, resume: bool, settings: Settings, terminal: TerminalInput, notice: str, has_table: bool
) -> GrokApp:
    def on_fetch(progress: FetchProgress) -> None:
        app.show_fetch(progress)

    open_run = partial(opener, resume=resume, on_fetch=on_fetch)
    app = GrokApp(open_run, settings=settings, terminal=terminal, notice=notice, has_table=has_table)
    return app
