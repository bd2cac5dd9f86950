"""Explores one run after another, until the user quits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from engine.runs.remote.address import RunLocation
from grok_tui.app.app import GrokApp
from grok_tui.app.validation import validate_names
from grok_tui.render.cell_text import clean
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.settings import Settings, settings_path

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress


class Opener(Protocol):
    """Opens a run and chooses the start selection; with `resume` the saved session alone decides about that.

    `on_fetch` receives the progress of downloads, if the run lies elsewhere.
    """

    def __call__(self, *, resume: bool, on_fetch: Callable[[FetchProgress], None]) -> OpenRun: ...


def explore_runs(first: Opener, opener_of: Callable[[RunLocation], Opener], settings: Settings) -> int:
    """Explore a run, then whichever run is opened from within; returns the exit status.

    `opener_of` makes the opener of a run that is opened from within. If that run cannot be opened, the previous one
    is shown again, with the reason.

    Raises:
        GrokError: the first run cannot be opened, an option does not fit it, or a setting names an unknown theme,
            action or key.
    """
    validate_names(settings, settings_path())
    opener, previous, resume, notice = first, None, False, ""
    while True:
        app = _app_of(opener, resume=resume, settings=settings, notice=notice)
        app.run()
        if app.failure is not None:
            if previous is None:
                raise app.failure
            opener, previous, resume = previous, None, True
            notice = clean(str(app.failure)) or type(app.failure).__name__
        elif app.next_run is None:
            return app.return_code or 0
        else:
            opener, previous, resume, notice = opener_of(app.next_run), opener, False, ""


def _app_of(opener: Opener, *, resume: bool, settings: Settings, notice: str) -> GrokApp:
    def on_fetch(progress: FetchProgress) -> None:
        app.show_fetch(progress)

    app = GrokApp(partial(opener, resume=resume, on_fetch=on_fetch), settings=settings, notice=notice)
    return app
