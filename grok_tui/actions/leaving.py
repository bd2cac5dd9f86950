"""What leaves the screen: files in any format, the clipboard; and leaving itself, where one was left for next time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui import clipboard
from grok_tui.actions.arranging import Arranging
from grok_tui.export import to_ansi, to_svg, to_text
from grok_tui.provenance import provenance_lines, provenance_of, selected_by
from grok_tui.render.cells import Drawing, above, beside, clean
from grok_tui.render.palette import MONO, choose_palette
from grok_tui.session import keep
from grok_tui.widgets.file_prompt import FilePrompt
from grok_tui.widgets.view_pane import ViewPane

if TYPE_CHECKING:
    from grok_tui.showing import Format

_FORMAT_OF: dict[str, Format] = {"txt": "text", "ansi": "ansi", "csv": "csv", "json": "json", "svg": "svg"}
_PANE_ENDINGS = ("txt", "ansi", "csv", "json", "svg")
_SCREEN_ENDINGS = ("svg", "txt", "ansi", "json")


class Leaving(Arranging):
    """Nothing is ever overwritten: a name that is taken gets a number. All that leaves carries its provenance."""

    def action_export(self) -> None:
        if pane := self._finished_pane():
            self._ask_where(pane.view.name, _PANE_ENDINGS, lambda ending: self._pane_as(pane, ending))

    def action_export_screen(self) -> None:
        if self.explorer is None or self.selection is None:
            return
        self._ask_where(self.workspace.name, _SCREEN_ENDINGS, self._screen_as)

    def action_copy(self) -> None:
        if pane := self._finished_pane():
            text = self._pane_as(pane, "txt")
            if self._driver is not None:
                clipboard.copy(text, self._driver.write)
            self._write(self._exports / f"{self._file_stem(pane.view.name)}.txt", text, "Copied; also in")

    def _finished_pane(self) -> ViewPane | None:
        """The focused pane, if it shows what is selected; else a word about it."""
        pane = self.focused_pane
        if self.explorer is None or self.selection is None or pane is None:
            return None
        if pane.answer is None or not pane.up_to_date:
            self.notify("This pane has nothing finished to export yet.", severity="warning")
            return None
        return pane

    def _pane_as(self, pane: ViewPane, ending: str) -> str:
        from grok_tui.showing import render_answer

        assert self.explorer is not None
        assert self.selection is not None
        width, height = pane.size
        form = _FORMAT_OF[ending]
        return render_answer(
            pane.view, pane.answer, self.explorer, self.selection, width, height - 1, form, self.second
        )

    def _screen_as(self, ending: str) -> str:
        """Every pane in its place, under its provenance; in txt readable without colour; in JSON every pane's table."""
        finished = [pane for pane in self.panes if pane.display and pane.answer is not None]
        if ending == "json":
            return "[\n" + ",\n".join(self._pane_as(pane, "json").rstrip("\n") for pane in finished) + "\n]\n"
        assert self.explorer is not None
        assert self.selection is not None
        provenance = provenance_of(self.explorer, self.selection, [pane.view for pane in finished], self.second)
        palette = MONO if ending == "txt" else choose_palette(self.palette().dark)
        rows = [
            beside(*(pane.drawn(palette) for pane in row), gap=2)
            for _, row in groupby(finished, key=lambda pane: pane.region.y)
        ]
        drawing = above(Drawing.of_lines(provenance_lines(provenance), style=palette.style(palette.muted)), *rows)
        if ending == "svg":
            return to_svg(drawing, palette, title=f"grok-tui · {self.workspace.name}")
        return to_ansi(drawing) if ending == "ansi" else to_text(drawing)

    def _ask_where(self, what: str, endings: tuple[str, ...], content: Callable[[str], str]) -> None:
        def write(name: str | None) -> None:
            if name is None:
                return
            path = Path(name).expanduser()
            ending = path.suffix.removeprefix(".").lower()
            if ending not in endings:  # asked again, with nothing of what was typed lost
                question = f"a name ends in .{', .'.join(endings)}"
                self.push_screen(FilePrompt(name, endings, question), write)
            else:
                self._write(self._exports / path, content(ending), "Wrote")

        self.push_screen(FilePrompt(f"{self._file_stem(what)}.{endings[0]}", endings), write)

    def _file_stem(self, what: str) -> str:
        """The run, the view with what it is of, the epoch: `demo-ov-neuron-12-epoch-040000`."""
        assert self.explorer is not None
        assert self.selection is not None
        name = clean(self.explorer.run.name).replace("/", "·")
        return "-".join([name, what, *self._of_what(what), f"epoch-{self.selection.epoch:06d}"])

    def _of_what(self, what: str) -> list[str]:
        """The neuron, head or pair that a view is of, not merely marks: its title names it."""
        pane = next((pane for pane in self.panes if pane.view.name == what), None)
        if pane is None or self.selection is None:
            return []
        chosen = selected_by(self.selection, [pane.view])
        if what == "pair":
            return [str(self.selection.x), str(self.selection.y)]
        if what in chosen:  # `demo-neuron-12`, not `demo-neuron-neuron-12`
            return [str(chosen[what])]
        return [f"{name}-{value}" for name, value in chosen.items() if f"{name} {value} " in f"{pane.title} "]

    def _write(self, path: Path, content: str, verb: str) -> None:
        """Write a new file, and say where."""
        from grok_tui.export import write_new

        try:
            written = write_new(path, content)
        except OSError as error:
            self.notify(f"{clean(str(path))} is not written: {error.strerror}.", severity="error", markup=False)
        else:
            self.notify(f"{verb} {clean(str(written))}", markup=False)

    def keep_session(self) -> None:
        """Leave word of where this is, for the next time the run is opened."""
        if self.explorer is not None and self.selection is not None:
            keep(self.explorer, self.selection, self.layout_now)
