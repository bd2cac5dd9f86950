"""Opens runs for the explorer: the first by the command line, later ones from within.

Imports little at the top, as `explore` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.runs.remote.address import RunLocation
from grok_tui.cli.options import DEFAULT_SELECTION, EngineOptions, RunOptions, SelectionOptions
from grok_tui.session.settings import Settings

if TYPE_CHECKING:
    from engine import Explorer
    from engine.runs.remote.store import OnFetch
    from grok_tui.session.saved_session import OpenRun
    from grok_tui.session.tour_position import TourPosition


@dataclass(frozen=True)
class TourRequest:
    """A tour to show, by its file (None: the tour of the study), at its saved stop or again from the first."""

    file: str | None = None
    restart: bool = False

    def position(self, saved: TourPosition) -> TourPosition:
        """Where the tour begins."""
        from grok_tui.session.tour_position import TourPosition

        resumes = not self.restart and saved.file == self.file
        return TourPosition(self.file, saved.stop if resumes else 0, on=True)


@dataclass(frozen=True)
class RunOpener:
    """Opens a run, and optionally a second one to compare with; satisfies `run_loop.Opener`."""

    location: RunLocation | None
    run_options: RunOptions
    engine_options: EngineOptions
    settings: Settings
    second: RunLocation | None = None
    selection_options: SelectionOptions = DEFAULT_SELECTION
    fresh: bool = False
    tour: TourRequest | None = None

    def __call__(self, *, resume: bool, on_fetch: OnFetch) -> OpenRun:
        """Open the run; explicit options override the saved session, unless `resume`."""
        from grok_tui.cli.open_explorer import selection_from_options
        from grok_tui.session.saved_session import Layout, OpenRun, load_session, restore_selection
        from grok_tui.session.selection import initial_selection
        from grok_tui.session.tour_position import NO_TOUR
        from grok_tui.terminal.gc_tuning import tune_gc

        explorer = self._explorer(self.location, on_fetch)
        tune_gc()
        second = None if self.second is None else self._explorer(self.second, on_fetch)
        saved = None if self.fresh and not resume else load_session(explorer.run.location)
        if saved is not None and self.run_options.layer is not None and not resume:
            saved = replace(saved, layer=None)
        restored = None if saved is None else restore_selection(explorer, initial_selection(explorer), saved)
        layout = Layout(self.settings.workspace) if saved is None else saved.layout
        position = NO_TOUR if saved is None else saved.tour
        if self.tour is not None and not resume:
            position = self.tour.position(position)
        if resume:
            return OpenRun(explorer, restored or initial_selection(explorer), layout, second, position)
        reference_epoch = self.engine_options.reference_epoch
        layer = None if restored is None else restored.layer
        selection = selection_from_options(
            explorer.at_layer(layer), restored, options=self.selection_options, reference_epoch=reference_epoch
        )
        return OpenRun(explorer, selection, layout, second, position)

    def _explorer(self, location: RunLocation | None, on_fetch: OnFetch) -> Explorer:
        from grok_tui.cli.open_explorer import open_explorer

        return open_explorer(location, self.run_options, self.engine_options, on_fetch)

    def of_next_run(self, location: RunLocation, second: RunLocation | None = None) -> RunOpener:
        """The opener of a run, or of two, that are opened from within: without the options that describe one run."""
        options = self.engine_options
        general = EngineOptions(no_cache=options.no_cache, dtype=options.dtype, device=options.device)
        return RunOpener(location, RunOptions(), general, self.settings, second)
