"""What the focused pane shows, by which definition, how to read it; its keys, and all keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.events import Key as KeyPressed
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.palette import Palette
from grok_tui.session.keymap import Key
from grok_tui.session.settings import key_name
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views.view import View

# From so many columns on the help leaves the pane in sight.
_WIDE = 140
_FOOT = "esc closes this; j k space g G scroll"
_KEY_NAMED = re.compile(r"\{([a-z]+(?:\.[a-z0-9]+)?)\}")
_CLOSING = ("escape", "q", "question_mark")

Rows = tuple[tuple[str, str], ...]  # keys, and what they do


class HelpScreen(ModalScreen[None]):
    """Any of escape, q, ? and the person's own key for help closes it; it scrolls.

    Where there is room it stands on the half of the screen that the pane is not on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        (",".join(_CLOSING), "dismiss", "close"),
        ("j,down", "scroll(1)", "down"),
        ("k,up", "scroll(-1)", "up"),
        ("space,pagedown", "page(1)", "a page down"),
        ("b,pageup", "page(-1)", "a page up"),
        ("g,home", "end(False)", "to the beginning"),
        ("G,end", "end(True)", "to the end"),
    ]

    def __init__(
        self,
        view: View[Any],
        keys: Sequence[Key],
        operation: str | None,
        palette: Palette,
        pane: ViewPane | None = None,
    ) -> None:
        super().__init__()
        self._view = view
        self._keys = {key.id: key for key in keys}
        self._operation = operation
        self._palette = palette
        self._pane = pane

    @property
    def heading(self) -> str:
        """The view, and where it stands."""
        number, home = next((n, one) for n, one in enumerate(WORKSPACES, start=1) if self._view.name in one.views)
        return self._spelt(f"{self._view.name} · workspace {home.name}, key {{workspace.{number}}}")

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Headings, each with what is said under it."""
        about = self._view.about
        parts = (("shows", about.shows), ("definition", about.definition), ("reading", about.reading))
        return tuple((heading, self._spelt(text)) for heading, text in parts)

    @property
    def keys(self) -> tuple[tuple[str, Rows], ...]:
        """Headings, each with the keys under it: the view's own, and all."""
        groups = (("keys here", [self._keys[name] for name in self._view.keys]), ("all keys", [*self._keys.values()]))
        return tuple(
            (heading, tuple((self._spelt(key.shown), self._spelt(key.what)) for key in group))
            for heading, group in groups
            if group
        )

    @property
    def text(self) -> str:
        """All that it says."""
        said = [f"{heading}\n{text}" for heading, text in self.parts]
        for heading, rows in self.keys:
            wide = max(len(shown) for shown, _ in rows)
            said.append("\n".join([heading, *(f"{shown:<{wide}}   {what}" for shown, what in rows)]))
        return "\n\n".join([self.heading, *said, _FOOT])

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(self.heading, classes="title", markup=False)
            for heading, text in self.parts:
                yield Static(heading, classes="heading", markup=False)
                for line in text.split("\n"):
                    yield Static(line.strip(), classes="formula" if line.startswith(" ") else "", markup=False)
            for heading, rows in self.keys:
                yield Static(heading, classes="heading", markup=False)
                yield Static(_columns(rows))
            yield Static(_FOOT, classes="closing", markup=False)

    def on_mount(self) -> None:
        self._stand()

    def on_resize(self) -> None:
        self.call_after_refresh(self._stand)

    def on_key(self, event: KeyPressed) -> None:
        if event.key not in _CLOSING and event.key in map(key_name, self._keys["help"].keys):
            event.stop()
            self.dismiss()

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=by * max(scroll.scrollable_content_region.height - 1, 1), animate=False)

    def action_end(self, last: bool) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_to(y=scroll.max_scroll_y if last else 0, animate=False)

    def _stand(self) -> None:
        """Beside the pane where the screen is wide; right of one that takes both halves."""
        side = None
        if self._pane is not None and self.app.size.width >= _WIDE:
            pane, screen = self._pane.region, self._pane.screen.size
            side = "left" if 2 * pane.x + pane.width > screen.width else "right"
        for name in ("left", "right"):
            self.set_class(side == name, name)

    def _spelt(self, text: str) -> str:
        """A text with the signs of the run, the person's keys and the glyphs that the terminal has."""
        named = _KEY_NAMED.sub(
            lambda found: self._keys[found[1]].shown.split()[0], with_operation_signs(text, self._operation)
        )
        return "\n".join(map(self._palette.text, named.split("\n")))


def _columns(rows: Rows) -> Table:
    """Keys beside what they do; what is long goes on below itself."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return table
