"""What leaves the screen: files in any format, the clipboard; and leaving itself, where one was left for next time."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.app.actions.layout import Arranging
from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.cells import clean
from grok_tui.session.saved_session import save_session
from grok_tui.terminal import clipboard

if TYPE_CHECKING:
    from grok_tui.export.exports import Export, PaneExport, ScreenExport


class Leaving(Arranging):
    """Nothing is ever overwritten: a name that is taken gets a number. All that leaves carries its provenance."""

    def action_export(self) -> None:
        if export := self._pane():
            self._ask_where(export)

    def action_export_screen(self) -> None:
        if export := self._screen():
            self._ask_where(export)

    def action_copy(self) -> None:
        if export := self._pane():
            text = export.content("txt")
            if self._driver is not None:
                clipboard.copy(text, self._driver.write)
            self._write(self._exports / f"{export.stem}.txt", text, "Copied; also in")

    def _pane(self) -> PaneExport | None:
        """The focused pane as it is now, if it shows what is selected; else a word about it."""
        from grok_tui.export.exports import PaneExport

        pane, palette = self.focused_pane, self.palette()
        if pane is None or not self._finished([pane]):
            return None
        if not pane.picture.complete:
            self.notify("There is nothing in this pane whose origin is known.", severity="warning")
            return None
        return PaneExport(pane.picture, *pane.size, palette.markers, palette.dark)

    def _screen(self) -> ScreenExport | None:
        """All panes as they are now, if they show what is selected; else a word about it."""
        from grok_tui.export.exports import PlacedPane, ScreenExport

        panes = [pane for pane in self.panes if pane.display]
        if not self._finished(panes):
            return None
        rows = [
            [PlacedPane(pane.picture, *pane.size, pane is self.focused_pane) for pane in row]
            for _, row in groupby(panes, key=lambda pane: pane.region.y)
        ]
        return ScreenExport(self.workspace.name, rows, self.palette().markers, self.palette().dark)

    def _finished(self, panes: list[ViewPane]) -> bool:
        finished = self.selection is not None and all(pane.up_to_date for pane in panes)
        if not finished:
            self.notify("There is nothing finished to export yet.", severity="warning")
        return finished

    def _ask_where(self, export: Export) -> None:
        """What is written is what was there when it was asked for, however long the name takes."""

        def write(name: str | None) -> None:
            if name is None:
                return
            ending = Path(name).suffix.removeprefix(".").lower()
            if ending not in export.endings:  # asked again, with nothing of what was typed lost
                question = f"a name ends in .{', .'.join(export.endings)}"
                self.push_screen(FilePrompt(name, export.endings, question), write)
                return
            try:
                path, content = self._exports / Path(name).expanduser(), export.content(ending)
            except Exception as error:  # no such person's home; a view that cannot draw
                self.notify(f"{clean(name)} is not written. {self.sentence_of(error)}", severity="error", markup=False)
            else:
                self._write(path, content, "Wrote")

        self.push_screen(FilePrompt(f"{export.stem}.{export.endings[0]}", export.endings), write)

    def _write(self, path: Path, content: str, verb: str) -> None:
        """Write a new file, and say where."""
        from grok_tui.export.new_file import write_new

        try:
            written = write_new(path, content)
        except OSError as error:
            self.notify(f"{clean(str(path))} is not written: {error.strerror}.", severity="error", markup=False)
        else:
            self.notify(f"{verb} {clean(str(written))}", markup=False)

    def keep_session(self) -> None:
        """Leave word of where this is, for the next time the run is opened."""
        if self.explorer is not None and self.selection is not None:
            save_session(self.explorer, self.selection, self.layout_now)
