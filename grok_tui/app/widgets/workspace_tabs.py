"""The tab line: the workspaces with their keys, the current one lit; a click shows another."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from grok_tui.session.workspaces import WORKSPACES, Workspace


class WorkspaceTabs(Static):
    """One line, which is painted anew only when the workspace changes."""

    DEFAULT_CSS = "WorkspaceTabs { height: 1; background: $panel; color: $text-muted; }"

    class Chosen(Message):
        """A tab was clicked; workspaces count from 1."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys` are those of the workspaces, as the user has configured them."""
        super().__init__(markup=False)
        self._labels = [f" {key} {one.name} " for key, one in zip(keys, WORKSPACES, strict=True)]

    @property
    def columns(self) -> int:
        """The width that all tabs need."""
        return sum(map(len, self._labels))

    @property
    def starts(self) -> list[int]:
        """The first columns of the tabs."""
        return [sum(map(len, self._labels[:number])) for number in range(len(self._labels))]

    def show(self, current: Workspace) -> None:
        """Light the tab of a workspace."""
        line = Text(no_wrap=True)
        for label, one in zip(self._labels, WORKSPACES, strict=True):
            line.append(label, style="bold reverse" if one is current else "")
        self.update(line, layout=False)

    def on_click(self, event: Click) -> None:
        end = 0
        for number, label in enumerate(self._labels, start=1):
            end += len(label)
            if event.x < end:
                self.post_message(self.Chosen(number))
                return


def place_text(current: Workspace) -> str:
    """The workspace where there is no room for the tabs.

    >>> place_text(WORKSPACES[0])
    '1/9 overview'
    """
    return f"{WORKSPACES.index(current) + 1}/{len(WORKSPACES)} {current.name}"
