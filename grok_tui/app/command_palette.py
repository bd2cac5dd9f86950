"""The command palette: every action, every view, any epoch, neuron or frequency by its number, recent runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from grok_tui.render.cells import clean
from grok_tui.session.keymap import configured_keys
from grok_tui.session.saved_session import recent_runs
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from grok_tui.app.app import GrokApp

Command = tuple[str, Callable[[], Any], str]  # what it is called, what it does, a word about it
_NUMBER = re.compile(r"\d[\d,_]*")
_PALETTE_ID = "palette"


# A word of so many letters is looked for in what the help says of a view; such a find comes after all others.
_LEAST_SAID, _SAID_SCORE = 3, 0.001


def _said_of(name: str) -> str:
    """What the help says of the view that a command goes to."""
    view = VIEWS.get(name.removeprefix("view "))
    return "" if view is None else f"{view.about.shows} {view.about.definition} {view.about.reading}"


class Commands(Provider):
    """What can be found; numbers in what is typed are places to go to."""

    @property
    def _grok(self) -> GrokApp:
        from grok_tui.app.app import GrokApp

        assert isinstance(self.app, GrokApp)
        return self.app

    async def discover(self) -> Hits:
        for name, run, about in self._all():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for number in _NUMBER.findall(query)[:1]:
            for name, run, about in self._to(int(re.sub(r"\D", "", number))):
                score = max(matcher.match(name), 0.01 if query.strip() == number else 0.0)
                if score > 0:
                    yield Hit(2 * score, matcher.highlight(name), run, help=about)
        for name, run, about in self._all():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=about)
            elif len(query.strip()) >= _LEAST_SAID and query.strip().lower() in _said_of(name).lower():
                yield Hit(_SAID_SCORE, name, run, help=about)

    def _to(self, number: int) -> Iterator[Command]:
        app = self._grok
        if app.explorer is None:
            return
        config = app.explorer.run.config
        yield f"go to epoch {number}", partial(app.go_to_epoch, number), "the nearest checkpoint"
        if number < config.d_mlp:
            yield f"go to neuron {number}", partial(app.go_to_neuron, number), "by its number"
        if 0 < number <= config.p // 2:
            yield f"go to frequency {number}", partial(app.go_to_frequency, number), "its cluster's first neuron"

    def _all(self) -> Iterator[Command]:
        from grok_tui.app.app import ACTIONS

        app = self._grok
        for key in configured_keys(app.settings.keys):
            if key.id != _PALETTE_ID:
                yield (
                    key.what,
                    partial(app.run_action, ACTIONS[key.id]),
                    app.palette().text(f"{key.category} · key {key.shown}"),
                )
        for workspace in WORKSPACES:
            for name in workspace.views:
                about = VIEWS[name].about.shows.partition(". ")[0]
                yield f"view {name}", partial(app.show_view, name), about
        for cluster in app.clusters:
            if cluster.frequency is not None:
                going = partial(app.go_to_frequency, cluster.frequency)
                yield f"go to frequency {cluster.frequency}", going, f"{len(cluster.neurons):,} neurons"
        yield "theme", app.search_themes, "change the theme"
        yield "log", app.action_log, "the tracebacks of what failed"
        for run in recent_runs():
            yield f"open {clean(str(run))}", partial(self._open, run), "a run that was open before"

    def _open(self, run: Path) -> None:
        self._grok.open_next(run)
