"""One view, headless: asked, drawn and written in the format wanted."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from grok_tui.export.render import Format, render_answer
from grok_tui.queries.provenance import provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.palette import Markers
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.views.shared.comparison import Comparison, view_for
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_SMALLEST, _LARGEST = (20, 6), (1_000, 500)


def parse_size(text: str | None) -> tuple[int, int]:
    """Read `100x30`; without a text, the terminal's size, or 100x30 where there is none.

    Raises:
        WrongUsage: not a size, or one that nothing fits on.
    """
    from engine.errors import WrongUsage

    if text is None:
        columns, lines = get_terminal_size((100, 33))
        return max(columns, _SMALLEST[0]), max(lines - 3, _SMALLEST[1])
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise WrongUsage(f"A size is columns x rows, such as 100x30; found {text!r}.")
    size = int(width), int(height)
    if not all(low <= n <= high for low, n, high in zip(_SMALLEST, size, _LARGEST, strict=True)):
        raise WrongUsage(f"A size lies between 20x6 and 1000x500; found {text!r}.")
    return size


def render_view(
    view: View[Any],
    explorer: Explorer,
    selection: Selection,
    width: int,
    height: int,
    form: Format,
    second: Explorer | None = None,
    markers: Markers = "braille",
) -> str:
    """Ask a view and write its answer, or its comparison with what is pinned or with a second run.

    Raises:
        GrokError: it cannot be answered, or not on both sides.
    """
    from engine.errors import GrokError

    target = counterpart_of(explorer, selection, second)
    answer = answer_view(view, explorer, selection, target)
    if isinstance(answer, Comparison) and answer.b is None:
        raise GrokError(answer.note)
    provenance = provenance_of(explorer, selection, [view], target)
    return render_answer(view_for(view, answer), answer, provenance, width, height, form, markers)
