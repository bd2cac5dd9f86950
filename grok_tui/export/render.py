"""Renders a view's answer with its provenance as text, ANSI text, CSV, JSON, Markdown, LaTeX or a screen's picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from grok_tui.export.figures.options import FigureFormat
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cell_text import clean
from grok_tui.render.cells import Drawing, above, without_blank_end
from grok_tui.render.formats.latex import to_latex
from grok_tui.render.formats.markdown import to_markdown
from grok_tui.render.formats.svg import to_svg
from grok_tui.render.formats.text_and_data import to_ansi, to_csv, to_json, to_text
from grok_tui.render.palette import Markers, Palette, choose_palette
from grok_tui.render.table import Table, with_labels
from grok_tui.views.view import Figure

TextFormat = Literal["text", "ansi", "csv", "json", "svg-screen", "md", "tex"]
Format = TextFormat | FigureFormat
# By file name extension. `svg-screen` has none: a file that ends in .svg is a figure.
FORMATS: dict[str, Format] = {
    "txt": "text",
    "ansi": "ansi",
    "csv": "csv",
    "json": "json",
    "svg": "svg",
    "md": "md",
    "tex": "tex",
    "png": "png",
    "pdf": "pdf",
}


def render_answer(
    view: Figure[Any],
    answer: Any,
    provenance: Mapping[str, Any],
    width: int,
    height: int,
    form: TextFormat,
    markers: Markers = "braille",
    dark: bool = True,
) -> str:
    """Render an answer as text for `show` or export. All formats but CSV include the provenance.

    `view` is the one that draws the answer: `view_for` returns it for comparisons.
    """
    if form == "csv":
        return to_csv(_data(view, answer))
    if form == "json":
        return to_json(view.name, provenance, _data(view, answer))
    title = view.title(answer)
    if form == "md":
        return "\n\n".join([f"**{clean(title)}**", *provenance_lines(provenance), to_markdown(_data(view, answer))])
    if form == "tex":
        return to_latex(_data(view, answer), [title, *provenance_lines(provenance)])
    palette = export_palette(form, markers, dark)
    drawing = view.draw(answer, width, height, palette)
    # A view of an ablated network names what is ablated.
    shown = {**provenance, "ablation": None}
    if form == "svg-screen":  # its window has the title
        return to_svg(above(provenance_drawing(shown, palette), drawing), palette, title=title)
    drawing = with_provenance(drawing, title, shown, palette)
    drawing = without_blank_end(drawing)
    return to_text(drawing) if form == "text" else to_ansi(drawing)


def _data(view: Figure[Any], answer: Any) -> Table:
    """The table of an answer for programs."""
    return with_labels(view.table(answer))


def export_palette(form: TextFormat, markers: Markers, dark: bool = True) -> Palette:
    """The palette of a format: text has no colours, all other formats have true colours."""
    return choose_palette(dark, colours="none" if form == "text" else "truecolor", markers=markers)


def with_provenance(drawing: Drawing, title: str, provenance: Mapping[str, Any], palette: Palette) -> Drawing:
    """A drawing below its title and provenance, as wide as the widest of them."""
    head = Drawing.of_lines([palette.text(title)], style=palette.style(palette.foreground, bold=True))
    return above(head, provenance_drawing(provenance, palette), drawing)


def provenance_drawing(provenance: Mapping[str, Any], palette: Palette) -> Drawing:
    """The provenance, as wide as its longest line."""
    lines = [palette.text(line) for line in provenance_lines(provenance)]
    return Drawing.of_lines(lines, style=palette.style(palette.muted))
