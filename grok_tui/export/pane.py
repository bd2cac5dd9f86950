"""The content of a pane, without the widget: an answer or a message, its provenance, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap
from typing import Any

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.titles import fit_title
from grok_tui.views.shared.comparison import is_cramped, view_for
from grok_tui.views.view import Figure, View


@dataclass(frozen=True, eq=False)
class PaneContent:
    """A view with its answer or with the message of its failure; with neither while the run is being opened.

    `provenance` is that of the answer, not of the current selection.
    """

    view: Figure[Any]
    answer: Any = None
    failure: str | None = None
    provenance: Mapping[str, Any] | None = None

    @cached_property
    def answer_view(self) -> Figure[Any]:
        """The view that titles, draws and tabulates the answer: the comparison of `view` if there are two answers."""
        return view_for(self.view, self.answer) if isinstance(self.view, View) else self.view

    @property
    def title(self) -> str:
        """What the answer shows; it may be older than the selection."""
        return self.view.name if self.answer is None else self.answer_view.title(self.answer)

    @property
    def complete(self) -> bool:
        """Whether it can be exported: it has an answer with provenance."""
        return self.answer is not None and self.provenance is not None

    def draw(
        self, width: int, height: int, palette: Palette, *, focused: bool = False, note: str = "", zoom_hint: str = ""
    ) -> Drawing:
        """The pane at exactly this size: a rule with title and `note`, and the answer or a message below it.

        `zoom_hint` is a further note where two answers have few lines.
        """
        body = fit(self._body(width, height - 1, palette), width, height - 1)
        title = self.title
        if zoom_hint and isinstance(self.view, View) and is_cramped(self.view, self.answer, width, height - 1):
            note += zoom_hint
            if len(title) > width - 4 - len(note):  # each half has the name of its side
                title = title.partition(" · ")[2]
        return fit(above(self._title_rule(title, width, palette, focused, note), body), width, height)

    def _title_rule(self, title: str, width: int, palette: Palette, focused: bool, note: str) -> Drawing:
        """Heavy and in the accent colour if the pane has the focus."""
        rule, colour = ("━", palette.accent) if focused else ("─", palette.muted)
        if palette.ascii:
            rule = "=" if focused else "-"
        title = fit_title(title, self.view.name, width - 4 - len(note))
        line = palette.text(f"{rule}{rule} {title}{note} ".ljust(width, rule))
        return Drawing.of_lines([line], width, palette.style(colour, bold=focused))

    def _body(self, width: int, height: int, palette: Palette) -> Drawing:
        if self.failure is not None:
            return Drawing.of_lines(wrap(palette.text(self.failure), width), width, palette.style(palette.warning))
        if self.answer is None:
            return Drawing.of_lines(["computing"], width, palette.style(palette.muted))
        return self.answer_view.draw(self.answer, width, height, palette)
