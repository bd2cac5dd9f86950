"""Snapshots of a pane or of the whole screen, with the file formats that they can be written in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from grok_tui.export.figures.answer import figure_of_answer
from grok_tui.export.figures.options import FIGURE_FORMATS
from grok_tui.export.pane import PaneContent
from grok_tui.export.render import TextFormat, export_palette, render_answer
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cell_text import clean
from grok_tui.render.cells import Drawing, above, beside
from grok_tui.render.formats.svg import to_svg
from grok_tui.render.formats.text_and_data import to_ansi, to_text
from grok_tui.render.palette import Markers, Palette

# By file name extension. An svg of the screen is a picture of the terminal, one of a pane a figure.
_TEXT_FORMATS: dict[str, TextFormat] = {
    "txt": "text",
    "ansi": "ansi",
    "csv": "csv",
    "json": "json",
    "md": "md",
    "tex": "tex",
    "svg": "svg-screen",
}
_UNKNOWN_PROVENANCE = "The provenance of this view is unknown."


class Export(Protocol):
    """A snapshot that can be written to a file."""

    @property
    def endings(self) -> tuple[str, ...]:
        """File name extensions of the formats it can be written in."""

    @property
    def stem(self) -> str:
        """The suggested file name, without its extension."""

    def content(self, ending: str) -> str | bytes:
        """The text of the file, or the bytes of a figure."""


@dataclass(frozen=True)
class PaneExport:
    """A pane with a complete answer."""

    pane: PaneContent
    width: int
    height: int
    markers: Markers = "braille"
    dark: bool = True
    endings: ClassVar[tuple[str, ...]] = ("txt", "ansi", "csv", "json", "md", "tex", "png", "pdf", "svg")

    @property
    def stem(self) -> str:
        """Run, view, neuron, head or pair, and epoch: `demo-ov-neuron-12-epoch-040000`."""
        return _stem(self._provenance, [self.pane.view.name, *self._selected()])

    def content(self, ending: str) -> str | bytes:
        for form in FIGURE_FORMATS:
            if form == ending:
                return figure_of_answer(self.pane.answer_view, self.pane.answer, self._provenance, form)
        return self.text(_TEXT_FORMATS[ending])

    def text(self, form: TextFormat) -> str:
        """The pane in a format that is text."""
        view, answer = self.pane.answer_view, self.pane.answer
        return render_answer(view, answer, self._provenance, self.width, self.height - 1, form, self.markers, self.dark)

    @property
    def _provenance(self) -> Mapping[str, Any]:
        assert self.pane.provenance is not None
        return self.pane.provenance

    def _selected(self) -> list[str]:
        """The neuron, head or pair that the title names; a view that merely marks it does not name it."""
        name, selected = self.pane.view.name, self._provenance.get("selected", {})
        if name == "pair":
            return [str(number) for number in selected["pair"]]
        if name in selected:  # `demo-neuron-12`, not `demo-neuron-neuron-12`
            return [str(selected[name])]
        title = f"{self.pane.title} "
        return [f"{kind}-{number}" for kind, number in selected.items() if f"{kind} {number} " in title]


@dataclass(frozen=True)
class PlacedPane:
    """A pane on the screen, with or without an answer, at its size there."""

    pane: PaneContent
    width: int
    height: int
    focused: bool

    def draw(self, palette: Palette) -> Drawing:
        return self.pane.draw(self.width, self.height, palette, focused=self.focused)


@dataclass(frozen=True)
class ScreenExport:
    """All panes of a workspace: drawn as on the screen below their provenance; in JSON their tables."""

    workspace: str
    rows: Sequence[Sequence[PlacedPane]]
    markers: Markers = "braille"
    dark: bool = True
    endings: ClassVar[tuple[str, ...]] = ("svg", "txt", "ansi", "json")

    @property
    def stem(self) -> str:
        return _stem(self._provenance or {}, [self.workspace])

    def content(self, ending: str) -> str:
        if ending == "json":
            return "[\n" + ",\n".join(self._as_json(pane) for row in self.rows for pane in row) + "\n]\n"
        form = _TEXT_FORMATS[ending]
        palette = export_palette(form, self.markers, self.dark)
        rows = [beside(*(pane.draw(palette) for pane in row), gap=2) for row in self.rows]
        if self._provenance is not None:
            lines = [palette.text(line) for line in provenance_lines(self._provenance)]
            rows.insert(0, Drawing.of_lines(lines, style=palette.style(palette.muted)))
        drawing = above(*rows)
        if form == "svg-screen":
            return to_svg(drawing, palette, title=f"grok-tui · {self.workspace}")
        return to_ansi(drawing) if form == "ansi" else to_text(drawing)

    @property
    def _provenance(self) -> Mapping[str, Any] | None:
        """Of the first pane that shows an ablation, else of the first one with an answer; None if there is none."""
        panes = (placed.pane for row in self.rows for placed in row)
        known = [pane.provenance for pane in panes if pane.provenance is not None]
        return next((provenance for provenance in known if provenance.get("ablation")), known[0] if known else None)

    def _as_json(self, placed: PlacedPane) -> str:
        pane = placed.pane
        if not pane.complete:
            return json.dumps({"view": pane.view.name, "error": pane.failure or _UNKNOWN_PROVENANCE}, indent=2)
        return PaneExport(pane, placed.width, placed.height).text("json").rstrip("\n")


def _stem(provenance: Mapping[str, Any], names: Sequence[str]) -> str:
    folders = provenance.get("folders", ["run"])
    run = clean(str(provenance.get("run", Path(folders[0]).resolve().name))).replace("/", "·")
    epoch = provenance.get("epoch")
    return "-".join([run, *names, *([] if epoch is None else [f"epoch-{epoch:06d}"])])
