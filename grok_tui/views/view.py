"""What a view is: a name, a question to the engine, a drawing and a table. One file a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class View(Generic[Answer]):
    """The pane on the screen, `grok-tui show` and every export call these same three functions.

    `over_epochs` marks a view of the whole run: it shows what is measured by then, and needs several checkpoints.
    `title` names what an answer shows, its epoch and neuron included; `about` says what the view shows, by which
    definition, and how to read it, with `x±y` and `∓` for what depends on whether the run adds or subtracts (`signed`).
    """

    name: str
    about: str
    query: Callable[[Explorer, Selection], Answer]
    title: Callable[[Answer], str]
    draw: Callable[[Answer, int, int, Palette], Drawing]  # (answer, width, height, palette)
    table: Callable[[Answer], Table]
    over_epochs: bool = False
