"""The help of the focused pane: what it shows, how it is defined, how to read it, and the keys."""

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
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import Key, by_category
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views.view import Figure

# At this many columns or more, the help does not cover the pane.
_WIDE = 140
_FOOT = "esc closes this; j k space g G scroll"
_KEY_ID = re.compile(r"\{([a-z]+(?:\.[a-z0-9]+)?)\}")
_CLOSE = ("escape", "q", "question_mark")

Rows = tuple[tuple[str, str], ...]  # keys and what they do


class HelpScreen(ModalScreen[None]):
    """Scrolls; escape, q, ? or the user's own help key closes it.

    On a wide screen it fills the half that the pane is not in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        (",".join(_CLOSE), "dismiss", "close"),
        ("j,down", "scroll(1)", "down"),
        ("k,up", "scroll(-1)", "up"),
        ("space,pagedown", "page(1)", "page down"),
        ("b,pageup", "page(-1)", "page up"),
        ("g,home", "end(False)", "to the top"),
        ("G,end", "end(True)", "to the bottom"),
    ]

    def __init__(
        self,
        view: Figure[Any],
        keys: Sequence[Key],
        operation: str | None,
        palette: Palette,
        pane: ViewPane | None = None,
        note: str | None = None,
    ) -> None:
        """The help of a view; `note` says what differs in this run."""
        super().__init__()
        self._note = note
        self._view = view
        self._keys = {key.id: key for key in keys}
        self._operation = operation
        self._palette = palette
        self._pane = pane

    @property
    def heading(self) -> str:
        """The view, and its workspace if it has one."""
        for number, workspace in enumerate(WORKSPACES, start=1):
            if self._view.name in workspace.all_views:
                return self._localised(f"{self._view.name} · workspace {workspace.name}, key {{workspace.{number}}}")
        return self._view.name

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Headings with their texts."""
        about = self._view.about
        notes = () if self._note is None else (("this run", self._note),)
        parts = (*notes, ("shows", about.shows), ("definition", about.definition), ("reading", about.reading))
        return tuple((heading, self._localised(text)) for heading, text in parts)

    @property
    def keys(self) -> tuple[tuple[str, Rows], ...]:
        """Headings with their keys: the view's own, then all keys by category."""
        own = [self._keys[key_id] for key_id in self._view.keys]
        groups = [("keys of this pane", own), *by_category(self._keys.values())]
        return tuple(
            (heading, tuple((self._localised(key.shown), self._localised(key.what)) for key in group))
            for heading, group in groups
            if group
        )

    @property
    def text(self) -> str:
        """The whole help as text."""
        sections = [f"{heading}\n{text}" for heading, text in self.parts]
        for heading, rows in self.keys:
            width = max(len(shown) for shown, _ in rows)
            sections.append("\n".join([heading, *(f"{shown:<{width}}   {what}" for shown, what in rows)]))
        return "\n\n".join([self.heading, *sections, _FOOT])

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
        self._choose_side()

    def on_resize(self) -> None:
        self.call_after_refresh(self._choose_side)

    def on_key(self, event: KeyPressed) -> None:
        if event.key not in _CLOSE and event.key in map(key_name, self._keys["help"].keys):
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

    def _choose_side(self) -> None:
        """Beside the pane on a wide screen; on the right if the pane spans both halves."""
        side = None
        if self._pane is not None and self.app.size.width >= _WIDE:
            pane, screen = self._pane.region, self._pane.screen.size
            side = "left" if 2 * pane.x + pane.width > screen.width else "right"
        for name in ("left", "right"):
            self.set_class(side == name, name)

    def _localised(self, text: str) -> str:
        """The text with the run's operation signs, the user's keys and glyphs that the terminal can show."""
        with_keys = _KEY_ID.sub(
            lambda match: self._keys[match[1]].shown.split()[0], with_operation_signs(text, self._operation)
        )
        return "\n".join(map(self._palette.text, with_keys.split("\n")))


def _columns(rows: Rows) -> Table:
    """Keys beside what they do; long descriptions wrap within their column."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return table
