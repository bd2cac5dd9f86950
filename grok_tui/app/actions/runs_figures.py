"""Choose the figures of many runs, their metric, axes and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from grok_tui.app.actions.context import Handlers, RunsContext, stepping
from grok_tui.run_views.run_view import axes_of
from grok_tui.session.runs_selection import FIGURES, METRICS

_NONE = "none"
_MIDDLES = ("median", "mean", "geometric mean")


class FigureActions:
    """Every key changes the choices of all figures, and shows a figure that depends on them."""

    def __init__(self, screen: RunsContext) -> None:
        self._screen = screen

    def handlers(self) -> Handlers:
        return {
            **{f"figure.{number}": partial(self.show_figure, name) for number, name in enumerate(FIGURES, start=1)},
            "figure.metric": stepping(self._step_metric, 1),
            "figure.metric_back": stepping(self._step_metric, -1),
            "figure.x": stepping(self._step_x),
            "figure.y": stepping(self._step_y),
            "figure.align": partial(self._toggle, "alignment", ("epoch", "grokked")),
            "figure.centre": partial(self._toggle, "middle", _MIDDLES),
            "figure.curve": partial(self._toggle, "part", ("test", "train")),
            "figure.log": partial(self._toggle, "log_x", (False, True)),
        }

    def show_figure(self, name: str) -> None:
        """Show a figure in place of another."""
        self._screen.grid.show_figure(name)
        self._screen.request_figures()

    def _step_metric(self, by: int) -> None:
        self._change("phase-diagram", "groups", metric=_following(METRICS, self._choice.metric, by))

    def _step_x(self, by: int) -> None:
        x, y = self._axes
        settings = [name for name in self._settings if name != y]
        if settings:
            self._change("phase-diagram", x=_following(settings, x, by), y=y or _NONE)

    def _step_y(self, by: int) -> None:
        x, y = self._axes
        settings = [_NONE, *(name for name in self._settings if name != x)]
        self._change("phase-diagram", x=x, y=_following(settings, y or _NONE, by))

    def _toggle(self, field: str, values: Sequence[Any]) -> None:
        self._change("curves", **{field: _following(values, getattr(self._choice, field))})

    @property
    def _choice(self) -> Any:
        return self._screen.selection.figure

    @property
    def _axes(self) -> tuple[str, str | None]:
        return axes_of(self._screen.runs.chosen, self._choice.x, self._choice.y)

    @property
    def _settings(self) -> Sequence[str]:
        """The settings that vary among the runs of the figures."""
        return self._screen.runs.chosen.varying

    def _change(self, *figures: str, **choices: Any) -> None:
        """Change choices, and show the first of the figures if none of them is on show."""
        shown = [pane.view.name for pane in self._screen.grid.available]
        if not set(figures) & set(shown):
            self._screen.grid.show_figure(figures[0])
        self._screen.change(figure=replace(self._choice, **choices))


def _following(values: Sequence[Any], value: Any, by: int = 1) -> Any:
    """The next of some values, cyclically; the first if the present one is not among them."""
    return values[(values.index(value) + by) % len(values)] if value in values else values[0]
