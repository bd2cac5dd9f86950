"""Panes of which exactly one has the focus; it can be shown alone."""

from __future__ import annotations

from textual.containers import Grid

from grok_tui.app.widgets.view_pane import ViewPane


class PaneGroup(Grid):
    """A grid of panes; `tab` goes through those in `available`. `title` names an export of all of them."""

    def __init__(self, *, id: str, title: str) -> None:
        super().__init__(id=id)
        self.title = title
        self._focused: ViewPane | None = None

    @property
    def panes(self) -> list[ViewPane]:
        return list(self.query(ViewPane))

    @property
    def available(self) -> list[ViewPane]:
        """The panes that are shown when none is zoomed."""
        return self.panes

    @property
    def focused_pane(self) -> ViewPane:
        """The pane that keys act on, also while a prompt or the help is above it."""
        focused = self.screen.focused
        if isinstance(focused, ViewPane):
            self._focused = focused
        panes = self.available
        return self._focused if self._focused in panes else panes[0]

    @property
    def zoomed(self) -> bool:
        return self.has_class("zoomed")

    def focus_view(self, name: str) -> None:
        """Focus the pane of a view, if it is on show; when zoomed, zoom it instead."""
        for pane in self.available:
            if pane.view.name == name:
                self._focus(pane)

    def focus_step(self, by: int) -> None:
        """Focus the pane `by` places further, cyclically."""
        panes = self.available
        self._focus(panes[(panes.index(self.focused_pane) + by) % len(panes)])

    def toggle_zoom(self) -> None:
        """Show the focused pane alone, or all panes again."""
        if self.zoomed:
            self.remove_class("zoomed")
            available = self.available
            for pane in self.panes:
                pane.display = pane in available
        else:
            self.zoom(self.focused_pane)

    def zoom(self, zoomed: ViewPane) -> None:
        """Show one pane alone."""
        self.add_class("zoomed")
        for pane in self.panes:
            pane.display = pane is zoomed

    def _focus(self, pane: ViewPane) -> None:
        if self.zoomed:
            self.zoom(pane)
        self._focused = pane  # the screen's focus changes later, with a message
        pane.focus(scroll_visible=False)
        pane.scroll_visible(animate=False, top=True)  # an animation would write the screen several times
