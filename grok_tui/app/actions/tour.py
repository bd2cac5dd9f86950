"""The tour: stops that set workspace and selection, and a panel that says what to see there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import GrokError
from grok_tui.app.actions.context import Handlers, RunContext, stepping
from grok_tui.app.actions.layout import LayoutActions
from grok_tui.app.widgets.tour_panel import PanelText, TourPanel
from grok_tui.session.ablation_selection import NO_ABLATION
from grok_tui.session.tour_position import TourPosition

if TYPE_CHECKING:
    from grok_tui.tour.resolve import ResolvedStop
    from grok_tui.tour.stops import Stop, Tour

# A stop shows the selected epoch alone, of the whole network and on all tokens.
_PLAIN = {
    "pinned_epoch": None,
    "difference": False,
    "ablation": NO_ABLATION,
    "order": "natural",
    "window": None,
    "activation": None,
    "log_x": None,
    "log_y": None,
}


class TourActions:
    """`position` is the stop, also while the tour is off. Texts are made on the worker's thread by `steps`."""

    def __init__(
        self,
        run: RunContext,
        panel: TourPanel,
        layout: LayoutActions,
        position: TourPosition,
        show_touring: Callable[[bool], None],
        deliver: Callable[[Callable[[], None]], None],
    ) -> None:
        """`deliver` calls a function on the screen's thread; it is called on the worker's."""
        self._run = run
        self._panel = panel
        self._layout = layout
        self.position = replace(position, on=False)
        self._starts_on = position.on
        self._show_touring = show_touring
        self._deliver = deliver
        self._tour: Tour | None = None
        self._pending: Stop | None = None  # its texts are still to be made
        self._has_zoomed = False

    def handlers(self) -> Handlers:
        return {
            "tour": self._toggle,
            "tour.next": stepping(self._step, 1),
            "tour.previous": stepping(self._step, -1),
        }

    async def start(self) -> None:
        """Show the tour, if the run was opened for it."""
        if self._starts_on:
            await self._go_to(self.position.stop)

    def leave(self) -> bool:
        """Remove the panel; whether a tour was on."""
        if not self.position.on:
            return False
        self.position, self._pending = replace(self.position, on=False), None
        self._panel.show(None)
        self._show_touring(False)
        if self._has_zoomed and self._run.grid.zoomed:
            self._run.grid.toggle_zoom()
        self._run.notify(f"{self._run.key_label('tour')} resumes the tour at stop {self.position.stop + 1}.")
        return True

    def steps(self) -> Iterator[float | None]:
        """On the worker's thread: make the texts of the stop that is shown, if they are not made yet."""
        stop = self._pending
        if stop is None:
            return
        from grok_tui.tour.resolve import needs_run_metrics, resolve

        run = self._run
        try:
            if needs_run_metrics(stop, run.explorer):
                yield from self._measure(stop)
            resolved = resolve(stop, run.explorer, run.selection, run.key_label)
        except Exception as error:  # whatever it is, the stop must not seem to be computed for ever
            self._deliver(partial(self._fail, stop, run.errors.sentence(error)))
        else:
            self._deliver(partial(self._show, resolved))

    def _measure(self, stop: Stop) -> Iterator[None]:
        """The metrics of all checkpoints, and how many are done."""
        metrics = self._run.explorer.run_metrics(self._run.selection.reference_epoch)
        total = len(self._run.explorer.epochs)
        for _ in metrics.steps():
            done = len(metrics.snapshot().metrics)
            self._deliver(partial(self._show_progress, stop, done, total))
            yield None

    async def _toggle(self) -> None:
        if not self.leave():
            await self._go_to(self.position.stop)

    async def _step(self, by: int) -> None:
        if not self.position.on:
            raise GrokError(f"No tour is on; {self._run.key_label('tour')} starts it.")
        stop = self.position.stop + by
        last = len(self.tour.stops) - 1
        if self.position.stop == last and by > 0:
            self._run.notify(f"This is the last stop; {self._run.key_label('tour')} leaves the tour.")
            return
        await self._go_to(min(max(stop, 0), last))

    @property
    def tour(self) -> Tour:
        """The tour of the position's file, read once.

        Raises:
            GrokError: the file cannot be read.
        """
        if self._tour is None:
            from grok_tui.tour.stops import load_tour

            file = self.position.file
            self._tour = load_tour(None if file is None else Path(file))
        return self._tour

    async def _go_to(self, place: int) -> None:
        run = self._run
        if run.second is not None:
            raise GrokError("The tour is of one run, and two are compared here; `grok-tui tour RUN` opens one alone.")
        place = min(place, len(self.tour.stops) - 1)
        stop = self.tour.stops[place]
        self.position = replace(self.position, stop=place, on=True)
        self._pending = stop
        self._show_touring(True)
        self._panel.show(self._panel_text(stop, ("computing",), "", ""))
        await self._layout.show_view(stop.view)
        self._zoom(stop)
        run.request_answers()

    def _zoom(self, stop: Stop) -> None:
        """On a small screen show the pane alone: beside the panel the others would not be readable."""
        grid = self._run.grid
        if grid.small:
            self._has_zoomed = True
            grid.zoom(next(pane for pane in grid.panes if pane.view.name == stop.view))

    def _show(self, resolved: ResolvedStop) -> None:
        """Select what the stop shows, and show its texts."""
        stop = resolved.stop
        if stop is not self._pending:
            return
        self._pending = None
        self._run.change(**{**_PLAIN, **resolved.selected})
        self._panel.show(self._panel_text(stop, resolved.sentences, resolved.key, resolved.hint))

    def _fail(self, stop: Stop, sentence: str) -> None:
        if stop is self._pending:
            self._pending = None
            self._panel.show(self._panel_text(stop, (sentence,), "tour.next", "go on to the next stop"))

    def _show_progress(self, stop: Stop, done: int, total: int) -> None:
        if stop is self._pending:
            sentence = f"computing the metrics of {done} of {total} checkpoints"
            self._panel.show(self._panel_text(stop, (sentence,), "", ""))

    def _panel_text(self, stop: Stop, sentences: tuple[str, ...], key: str, hint: str) -> PanelText:
        run = self._run
        heading = f"Tour, stop {self.position.stop + 1} of {len(self.tour.stops)}: {stop.title}"
        keys = " · ".join(
            f"{run.key_label(action)} {what}"
            for action, what in (("tour.next", "next"), ("tour.previous", "back"), ("runs.back", "leave"))
        )
        return PanelText(heading, keys, sentences, run.key_label(key) if key else "", hint)
