"""One view, headless: asked, drawn and written in the format wanted."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Literal

from grok_tui.asking import ask_view
from grok_tui.export import to_ansi, to_csv, to_json, to_svg, to_text
from grok_tui.provenance import provenance_lines, provenance_of
from grok_tui.render.cells import Drawing, above
from grok_tui.render.palette import Markers, Palette, choose_palette
from grok_tui.views import VIEWS
from grok_tui.views.comparison import Compared, drawn_by
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.selection import Selection

Format = Literal["text", "ansi", "csv", "json", "svg"]
# By the ending of a file.
FORMATS: dict[str, Format] = {"txt": "text", "ansi": "ansi", "csv": "csv", "json": "json", "svg": "svg"}
_SMALLEST, _LARGEST = (20, 6), (1_000, 500)


def view_named(name: str) -> View[Any]:
    """The view of that name.

    Raises:
        WrongUsage: there is none; the sentence names the closest, and all.
    """
    from engine.errors import WrongUsage

    if name in VIEWS:
        return VIEWS[name]
    close = get_close_matches(name, VIEWS, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise WrongUsage(f"There is no view {name!r}; {hint}Views: {', '.join(VIEWS)}.")


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

    answer = ask_view(view, explorer, selection, second)
    if isinstance(answer, Compared) and answer.b is None:
        raise GrokError(answer.note)
    return render_answer(view, answer, provenance_of(explorer, selection, [view], second), width, height, form, markers)


def render_answer(
    view: View[Any],
    answer: Any,
    provenance: Mapping[str, Any],
    width: int,
    height: int,
    form: Format,
    markers: Markers = "braille",
    dark: bool = True,
) -> str:
    """An answer as it leaves, by `show` or by export: with its provenance, but csv, which is the table alone."""
    view = drawn_by(view, answer)
    if form == "csv":
        return to_csv(view.table(answer))
    if form == "json":
        return to_json(view.name, provenance, view.table(answer))
    palette = palette_of(form, markers, dark)
    drawing = with_provenance(view.draw(answer, width, height, palette), view.title(answer), provenance, palette)
    if form == "svg":
        return to_svg(drawing, palette, title=view.title(answer))
    return to_text(drawing) if form == "text" else to_ansi(drawing)


def palette_of(form: Format, markers: Markers, dark: bool = True) -> Palette:
    """How figures look that leave in a format: text has no colours, all others have them all."""
    return choose_palette(dark, colours="none" if form == "text" else "truecolor", markers=markers)


def with_provenance(drawing: Drawing, title: str, provenance: Mapping[str, Any], palette: Palette) -> Drawing:
    """A drawing under its title and where it comes from; as wide as the widest of them."""
    lines = [palette.text(line) for line in provenance_lines(provenance)]
    head = Drawing.of_lines([palette.text(title)], style=palette.style(palette.foreground, bold=True))
    return above(head, Drawing.of_lines(lines, style=palette.style(palette.muted)), drawing)
