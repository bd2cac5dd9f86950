"""Export the focused pane or the screen to a file or the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from grok_tui.app.actions.context import Handlers, ScreenContext
from grok_tui.app.widgets.file_prompt import FilePrompt
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.export.new_file import write_new
from grok_tui.render.cell_text import clean
from grok_tui.terminal import clipboard

if TYPE_CHECKING:
    from grok_tui.export.exports import Export, PaneExport, ScreenExport


class ExportActions:
    """No file is ever overwritten: a name in use gets a number. Every export carries its provenance."""

    def __init__(self, run: ScreenContext, write_to_terminal: Callable[[str], None]) -> None:
        self._run = run
        self._write_to_terminal = write_to_terminal

    def handlers(self) -> Handlers:
        return {"export.pane": self._export_pane, "export.screen": self._export_screen, "export.copy": self._copy}

    def _export_pane(self) -> None:
        if export := self._focused_pane():
            self._ask_name(export)

    def _export_screen(self) -> None:
        if export := self._screen():
            self._ask_name(export)

    def _copy(self) -> None:
        if export := self._focused_pane():
            text = export.text("text")
            clipboard.copy(text, self._write_to_terminal)
            self._write(self._run.exports / f"{export.stem}.txt", text, "Copied; also in")

    @property
    def _is_web(self) -> bool:
        return self._run.app.is_web

    def _focused_pane(self) -> PaneExport | None:
        """A snapshot of the focused pane, or a message where it has nothing to export."""
        pane, palette = self._run.grid.focused_pane, self._run.palette()
        if not self._up_to_date([pane]):
            return None
        if not pane.content.complete:
            self._run.notify("This pane has no answer with a known provenance.", severity="warning")
            return None
        from grok_tui.export.exports import PaneExport

        return PaneExport(pane.content, *pane.size, palette.markers, palette.dark)

    def _screen(self) -> ScreenExport | None:
        """A snapshot of all panes on show, or a message where they are not up to date."""
        grid, palette = self._run.grid, self._run.palette()
        panes = [pane for pane in grid.panes if pane.display]
        if not self._up_to_date(panes):
            return None
        from grok_tui.export.exports import PlacedPane, ScreenExport

        rows = [
            [PlacedPane(pane.content, *pane.size, pane is grid.focused_pane) for pane in row]
            for _, row in groupby(panes, key=lambda pane: pane.region.y)
        ]
        return ScreenExport(grid.title, rows, palette.markers, palette.dark)

    def _up_to_date(self, panes: list[ViewPane]) -> bool:
        up_to_date = all(pane.up_to_date for pane in panes)
        if not up_to_date:
            self._run.notify("The panes are still being computed.", severity="warning")
        return up_to_date

    def _ask_name(self, export: Export) -> None:
        """Ask for a file name; the content is that of the moment of asking."""

        def write(name: str | None) -> None:
            if name is None:
                return
            ending = Path(name).suffix.removeprefix(".").lower()
            if ending not in export.endings:  # ask again, with the name as typed
                question = f"a name ends in .{', .'.join(export.endings)}"
                self._run.app.push_screen(FilePrompt(name, export.endings, folder, question, retry=True), write)
                return
            try:
                path, content = self._run.exports / Path(name).expanduser(), export.content(ending)
            except Exception as error:  # an unknown user's home; a view that cannot draw
                sentence = f"{clean(name)} is not written. {self._run.errors.sentence(error)}"
                self._run.notify(sentence, severity="error", markup=False)
            else:
                self._write(path, content, "Wrote")

        folder = "the downloads of your browser" if self._is_web else clean(str(self._run.exports.absolute()))
        self._run.app.push_screen(FilePrompt(f"{export.stem}.{export.endings[0]}", export.endings, folder), write)

    def _write(self, path: Path, content: str | bytes, verb: str) -> None:
        if self._is_web:  # a visitor writes no files on the machine of the server
            data = content.encode() if isinstance(content, str) else content
            self._run.app.deliver_binary(BytesIO(data), save_filename=path.name)
            return
        try:
            written = write_new(path, content)
        except OSError as error:
            message = f"{clean(str(path))} could not be written: {error.strerror}."
            self._run.notify(message, severity="error", markup=False)
        else:
            self._run.notify(f"{verb} {clean(str(written))}", markup=False)
