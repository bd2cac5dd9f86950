"""What a pane shows, apart from the widget that shows it: an answer or a sentence, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.titles import fit_title
from grok_tui.views.shared.comparison import view_for
from grok_tui.views.view import View

_OPENING = "opening the run"


@dataclass(frozen=True, eq=False)
class PaneContent:
    """A view's answer, or a sentence that says why there is none; nothing yet while the run is opened.

    `provenance` is of that answer, whatever has been selected since.
    """

    view: View[Any]
    answer: Any = None
    failure: str | None = None
    provenance: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What it shows, which may be older than the selection."""
        return self.view.name if self.answer is None else view_for(self.view, self.answer).title(self.answer)

    @property
    def complete(self) -> bool:
        """Whether there is an answer, and it is known where it comes from: without that it does not leave."""
        return self.answer is not None and self.provenance is not None

    def drawn(self, width: int, height: int, palette: Palette, *, focused: bool = False, note: str = "") -> Drawing:
        """Under its title in a rule, at exactly that size; `note` stands behind the title."""
        body = fit(self._body(width, height - 1, palette), width, height - 1)
        return fit(above(self._head(width, palette, focused, note), body), width, height)

    def _head(self, width: int, palette: Palette, focused: bool, note: str) -> Drawing:
        """The title in a rule; heavy and in the accent colour where the keys go."""
        rule, colour = ("━", palette.accent) if focused else ("─", palette.muted)
        if palette.ascii:
            rule = "=" if focused else "-"
        title = fit_title(self.title, self.view.name, width - 4 - len(note))
        line = palette.text(f"{rule}{rule} {title}{note} ".ljust(width, rule))
        return Drawing.of_lines([line], width, palette.style(colour, bold=focused))

    def _body(self, width: int, height: int, palette: Palette) -> Drawing:
        if self.failure is not None:
            return Drawing.of_lines(wrap(palette.text(self.failure), width), width, palette.style(palette.warning))
        if self.answer is None:
            return Drawing.of_lines([_OPENING], width, palette.style(palette.muted))
        return view_for(self.view, self.answer).draw(self.answer, width, height, palette)
