"""A pane, or the whole screen, as it was when its export was asked for: the files it can become, and their name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from grok_tui.export.pane import PaneContent
from grok_tui.export.render import FORMATS, export_palette, render_answer
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cells import Drawing, above, beside, clean
from grok_tui.render.formats.svg import to_svg
from grok_tui.render.formats.text_and_data import to_ansi, to_text
from grok_tui.render.palette import Markers, Palette

_UNKNOWN = "Where this comes from is not known."


class Export(Protocol):
    """Something that can leave the screen."""

    @property
    def endings(self) -> tuple[str, ...]:
        """Of the files it can become."""

    @property
    def stem(self) -> str:
        """The name of such a file, without its ending."""

    def content(self, ending: str) -> str:
        """What stands in it."""


@dataclass(frozen=True)
class PaneExport:
    """A pane with an answer."""

    picture: PaneContent
    width: int
    height: int
    markers: Markers = "braille"
    dark: bool = True
    endings: ClassVar[tuple[str, ...]] = ("txt", "ansi", "csv", "json", "svg")

    @property
    def stem(self) -> str:
        """The run, the view with what it is of, the epoch: `demo-ov-neuron-12-epoch-040000`."""
        return _stem(self._provenance, [self.picture.view.name, *self._of_what()])

    def content(self, ending: str) -> str:
        view, answer, form = self.picture.view, self.picture.answer, FORMATS[ending]
        return render_answer(view, answer, self._provenance, self.width, self.height - 1, form, self.markers, self.dark)

    @property
    def _provenance(self) -> Mapping[str, Any]:
        assert self.picture.provenance is not None
        return self.picture.provenance

    def _of_what(self) -> list[str]:
        """The neuron, head or pair that a view is of, not merely marks: its title names it."""
        name, chosen = self.picture.view.name, self._provenance["selected"]
        if name == "pair":
            return [str(number) for number in chosen["pair"]]
        if name in chosen:  # `demo-neuron-12`, not `demo-neuron-neuron-12`
            return [str(chosen[name])]
        return [f"{what}-{value}" for what, value in chosen.items() if f"{what} {value} " in f"{self.picture.title} "]


@dataclass(frozen=True)
class PlacedPane:
    """A pane on the screen, whether or not there is an answer in it."""

    picture: PaneContent
    width: int
    height: int
    focused: bool

    def drawn(self, palette: Palette) -> Drawing:
        return self.picture.drawn(self.width, self.height, palette, focused=self.focused)


@dataclass(frozen=True)
class ScreenExport:
    """Every pane in its place under where they come from, in txt readable without colour; in JSON their tables."""

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
        form = FORMATS[ending]
        palette = export_palette(form, self.markers, self.dark)
        rows = [beside(*(pane.drawn(palette) for pane in row), gap=2) for row in self.rows]
        if self._provenance is not None:
            lines = [palette.text(line) for line in provenance_lines(self._provenance)]
            rows.insert(0, Drawing.of_lines(lines, style=palette.style(palette.muted)))
        drawing = above(*rows)
        if form == "svg":
            return to_svg(drawing, palette, title=f"grok-tui · {self.workspace}")
        return to_ansi(drawing) if form == "ansi" else to_text(drawing)

    @property
    def _provenance(self) -> Mapping[str, Any] | None:
        """That of any pane, or rather of one that shows what is knocked out; None where none has an answer."""
        told = [pane.picture.provenance for row in self.rows for pane in row if pane.picture.provenance is not None]
        return next((one for one in told if one["ablation"]), told[0] if told else None)

    def _as_json(self, pane: PlacedPane) -> str:
        if not pane.picture.complete:
            return json.dumps({"view": pane.picture.view.name, "error": pane.picture.failure or _UNKNOWN}, indent=2)
        return PaneExport(pane.picture, pane.width, pane.height).content("json").rstrip("\n")


def _stem(provenance: Mapping[str, Any], what: Sequence[str]) -> str:
    run = clean(str(provenance.get("run", "run"))).replace("/", "·")
    epoch = provenance.get("epoch")
    return "-".join([run, *what, *([] if epoch is None else [f"epoch-{epoch:06d}"])])
