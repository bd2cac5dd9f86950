"""What an action can read and do: the part of the screens that the controllers in this package depend on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the table of runs must not import the views of one run
    from textual.app import App
    from textual.notifications import SeverityLevel
    from textual.timer import Timer

    from engine import Explorer
    from engine.many_runs.run_row import RunRow
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.app.error_log import ErrorLog
    from grok_tui.app.widgets.pane_grid import PaneGrid
    from grok_tui.app.widgets.pane_group import PaneGroup
    from grok_tui.app.widgets.run_table_grid import RunTableGrid
    from grok_tui.render.palette import Palette
    from grok_tui.run_views.run_view import ShownRuns
    from grok_tui.session.runs_selection import RunsSelection
    from grok_tui.session.selection import Selection
    from grok_tui.session.settings import Settings

Handler = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True)
class Counted:
    """A handler that takes the count typed before its key; None: no count."""

    run: Callable[[int | None], Awaitable[None] | None]

    def __call__(self) -> Awaitable[None] | None:
        return self.run(None)


def stepping(step: Callable[[int], Awaitable[None] | None], by: int = 1) -> Counted:
    """A handler that steps `by` places, times the count."""
    return Counted(lambda count: step(by * (1 if count is None else count)))


# The handlers of a controller by action id, as in the key table.
Handlers = Mapping[str, Handler]


class ScreenContext(Protocol):
    """A screen of panes."""

    exports: Path  # the folder for exported files
    errors: ErrorLog

    @property
    def app(self) -> App[object]: ...

    @property
    def grid(self) -> PaneGroup: ...

    def palette(self) -> Palette:
        """Colours and glyphs of the figures."""

    def key_label(self, action_id: str) -> str:
        """The first key of an action, as the user has configured it."""

    async def press_counted(self, key: str, count: int | None) -> None:
        """Run the action of a key with a count."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None: ...


class RunContext(ScreenContext, Protocol):
    """An open run on the screen; nothing here is ever None but the second run."""

    selection: Selection
    clusters: Sequence[Cluster]  # of the epoch on show; empty until the first answers
    settings: Settings

    @property
    def explorer(self) -> Explorer:
        """Of the run, with the selected layer on show."""

    @property
    def second(self) -> Explorer | None:
        """Of the run to compare with."""

    @property
    def grid(self) -> PaneGrid: ...

    def change(self, **fields: Any) -> None:
        """Select something else in these respects; all panes follow."""

    def request_answers(self) -> None:
        """Have all panes answer the selection again."""

    def show_playing(self, text: str | None) -> None:
        """Show in the frame how the run plays; None: it does not."""

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer: ...


class RunsContext(ScreenContext, Protocol):
    """The screen of the table of runs."""

    rows: dict[Path, RunRow]
    runs: ShownRuns  # filtered and sorted
    selection: RunsSelection
    open_runs: Callable[[Sequence[Path]], None]  # one in the explorer, or two compared

    @property
    def grid(self) -> RunTableGrid: ...

    def change(self, **fields: Any) -> None:
        """Select something else in these respects."""

    def check(self, **fields: Any) -> ShownRuns:
        """The runs that a selection would show; raises `WrongUsage` if it cannot be parsed."""

    def request_figures(self) -> None:
        """Have the figures on show computed again."""
