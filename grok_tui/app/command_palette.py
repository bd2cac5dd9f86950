"""The command palette: actions, views, epochs, neurons and frequencies by number, recent runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from engine.errors import GrokError
from engine.runs.remote.address import RemoteAddress, RunLocation, parse_location
from grok_tui import views
from grok_tui.app.actions.context import Handlers, RunContext, RunsContext
from grok_tui.app.palette_score import palette_score
from grok_tui.render.cell_text import clean
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import configured_keys, table_keys
from grok_tui.session.saved_session import recent_runs
from grok_tui.session.settings import Settings
from grok_tui.session.workspaces import WORKSPACES

if TYPE_CHECKING:
    from grok_tui.app.actions.layout import LayoutActions
    from grok_tui.app.actions.selection import SelectionActions

Command = tuple[str, Callable[[], Any], str]  # its name, what it does, a word about it

_NUMBER = re.compile(r"\d[\d,_]*")
# Of what the query names itself, a number or a run: above the score of any other command.
_NAMED_SCORE = 10.0


class AppWithCommands(Protocol):
    """What `AppCommands` need of the app."""

    settings: Settings
    app_actions: Mapping[str, str]

    def palette(self) -> Palette: ...
    async def run_action(self, action: str) -> bool: ...
    def search_themes(self) -> None: ...
    def show_log(self) -> None: ...
    def open_next(self, run: RunLocation) -> None: ...


class RunWithCommands(RunContext, Protocol):
    """What `RunCommands` need of the screen of an open run."""

    handlers: Handlers
    select: SelectionActions
    layout_actions: LayoutActions

    async def action_run(self, action_id: str) -> None: ...


class _Commands(Provider):
    """Matches what is typed against the names of commands and the help texts of their views: see `palette_score`."""

    def commands(self) -> Iterator[Command]:
        """All commands, in the order of discovery."""
        raise NotImplementedError

    def commands_for(self, number: int) -> Iterator[Command]:
        """Commands that take the number that was typed."""
        yield from ()

    async def discover(self) -> Hits:
        for name, run, about in self.commands():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        matcher, query, offered = self.matcher(query), query.strip(), set[str]()
        for number in _NUMBER.findall(query)[:1]:
            for name, run, about in self.commands_for(int(re.sub(r"\D", "", number))):
                score = max(matcher.match(name), 0.01 if query == number else 0.0)
                if score > 0:
                    offered.add(name)
                    yield Hit(_NAMED_SCORE + score, matcher.highlight(name), run, help=about)
        for name, run, about in self.commands():
            fuzzy = matcher.match(name)
            score = palette_score(query, name, _help_text(name), fuzzy)
            if score > 0 and name not in offered:
                yield Hit(score, matcher.highlight(name) if fuzzy > 0 else name, run, help=about)


class AppCommands(_Commands):
    """Commands that need no open run."""

    def commands(self) -> Iterator[Command]:
        app = cast(AppWithCommands, self.app)
        for key in configured_keys(app.settings.keys):
            if key.id in app.app_actions and key.id != "palette":
                run = partial(app.run_action, app.app_actions[key.id])
                yield key.what, run, app.palette().text(f"{key.category} · key {key.shown}")
        yield "theme", app.search_themes, "change the theme"
        yield "log", app.show_log, "the tracebacks of unexpected errors"
        for path in recent_runs():
            yield f"open {clean(str(path))}", partial(app.open_next, path), "a recent run"

    async def search(self, query: str) -> Hits:
        run = None if self.app.is_web else typed_run(query)  # a visitor learns nothing about the server's disk
        if run is not None:
            open_run = partial(cast(AppWithCommands, self.app).open_next, run)
            yield Hit(_NAMED_SCORE, f"open {clean(str(run))}", open_run, help="the run at this address or path")
        async for hit in super().search(query):
            yield hit


class RunCommands(_Commands):
    """Commands about the open run; numbers in the query are epochs, neurons and frequencies to go to."""

    @property
    def _run(self) -> RunWithCommands:
        """The screen that the palette was opened on: only a `RunScreen` has this provider."""
        return cast(RunWithCommands, self.screen)

    def commands(self) -> Iterator[Command]:
        run = self._run
        for key in configured_keys(run.settings.keys):
            if key.id in run.handlers:
                yield key.what, partial(run.action_run, key.id), run.palette().text(f"{key.category} · key {key.shown}")
        for workspace in WORKSPACES:
            for name in workspace.all_views:
                about = views.VIEWS[name].about.shows.partition(". ")[0]
                yield f"view {name}", partial(run.layout_actions.show_view, name), about
        for cluster in run.clusters:
            if cluster.frequency is not None:
                go_to = partial(run.select.go_to_frequency, cluster.frequency)
                yield f"go to frequency {cluster.frequency}", go_to, f"{len(cluster.neurons):,} neurons"

    def commands_for(self, number: int) -> Iterator[Command]:
        run, select = self._run.explorer.run, self._run.select
        yield f"go to epoch {number}", partial(select.go_to_epoch, number), "the nearest checkpoint"
        if not run.has_weights:
            return
        config = run.config
        if number < config.n_neurons:
            yield f"go to neuron {number}", partial(select.go_to_neuron, number), "by its number"
        if 0 < number <= self._run.explorer.config.n_frequencies:
            yield f"go to frequency {number}", partial(select.go_to_frequency, number), "its cluster's first neuron"


class TableWithCommands(RunsContext, Protocol):
    """What `TableCommands` need of the screen of the table of runs."""

    handlers: Handlers
    settings: Settings

    async def action_run(self, action_id: str) -> None: ...


class TableCommands(_Commands):
    """Commands about the table of runs: actions, sorting by any field, opening any run."""

    @property
    def _table(self) -> TableWithCommands:
        """The screen that the palette was opened on: only a `RunTableScreen` has this provider."""
        return cast(TableWithCommands, self.screen)

    def commands(self) -> Iterator[Command]:
        from engine.many_runs.fields import known_fields

        table = self._table
        for key in table_keys(table.settings.keys):
            if key.id in table.handlers:
                yield key.what, partial(table.action_run, key.id), table.palette().text(f"{key.category} · {key.shown}")
        for field in known_fields(table.rows.values()):
            yield f"sort by {field}", partial(table.change, order=field), "the table, upwards"
            yield f"sort by -{field}", partial(table.change, order=f"-{field}"), "the table, downwards"
        for row in table.runs.shown.rows:
            yield f"go to {clean(row.name)}", partial(table.change, cursor=row.path), "the run in the table"


def typed_run(query: str) -> RunLocation | None:
    """The run that a query names: an address such as hf://OWNER/REPO, or a path that exists; None if it names none."""
    text = query.strip().removeprefix("open ").strip()
    try:
        run = parse_location(text)
        if isinstance(run, RemoteAddress):
            return run
        path = run.expanduser()
        return path if "/" in text and path.exists() else None
    except (GrokError, OSError, RuntimeError, ValueError):
        return None


def _help_text(command: str) -> str:
    """The help of the view that a command goes to."""
    view = views.VIEWS.get(command.removeprefix("view "))
    return "" if view is None else f"{view.about.shows} {view.about.definition} {view.about.reading}"
