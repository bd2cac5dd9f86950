"""Export a drawing as a self-contained SVG image of a terminal window that looks the same in every viewer.

Text stays text. Blocks, braille dots and frame lines are shapes, because fonts lack them or leave gaps between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from grok_tui.render.cell_text import from_cells, to_cells
from grok_tui.render.cells import BLANKS, Drawing
from grok_tui.render.palette import Palette, mix

_CELL, _LINE, _FONT = 9, 18, 15  # a cell is half as wide as it is high: a half-block is a square
_PAD, _TITLE = 16, 30
_FAMILY = "ui-monospace,'SF Mono','Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
# Top and bottom of a block, in eighths of a line.
_BLOCKS = {"▀": (0, 8 // 2), "▄": (4, 8), "█": (0, 8)} | {c: (7 - i, 8) for i, c in enumerate("▁▂▃▄▅▆▇")}
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
# The arms of each frame glyph: left, right, up, down.
_FRAMES = {"─": "lr", "│": "ud", "└": "ur", "┘": "ul", "┌": "dr", "┐": "dl", "┬": "lrd", "┴": "lru"}
_FRAMES |= {"├": "udr", "┤": "udl", "┼": "lrud"}
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # (column, row) of braille bits 0..7


def to_svg(drawing: Drawing, palette: Palette, title: str = "") -> str:
    """The drawing as an SVG document on the palette's background, with `title` above it."""
    top = _PAD + (_TITLE if title else 0)
    head = _window(drawing.width * _CELL + 2 * _PAD, drawing.height * _LINE + top + _PAD, palette, title)
    backgrounds = [
        f'<rect x="{x * _CELL}" y="{y * _LINE}" width="{w * _CELL}" height="{h * _LINE}" fill="{fill}"/>'
        for x, y, w, h, fill in _merge_rows(_backgrounds(drawing))
    ]
    start = f'<g transform="translate({_PAD} {top})">'
    sharp = '<g shape-rendering="crispEdges">'
    return "\n".join([*head, start, sharp, *backgrounds, "</g>", *_glyphs(drawing, palette), "</g>", "</svg>", ""])


def _window(width: int, height: int, palette: Palette, title: str) -> list[str]:
    """The start of the document: a window of this size in pixels, with its title."""
    edge = mix(palette.background, palette.foreground, 0.18)
    escaped_title = escape(_printable(title), quote=False)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}"'
        f' role="img" font-family="{_FAMILY}" font-size="{_FONT}">',
        f"<title>{escaped_title}</title>" if title else "",
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{palette.background}"'
        f' stroke="{edge}"/>',
    ]
    if title:
        room = width - 2 * _PAD
        squeeze = f' textLength="{room}" lengthAdjust="spacingAndGlyphs"' if len(to_cells(title)) * _CELL > room else ""
        head.append(
            f'<text x="{width / 2:g}" y="{_PAD + 11}" fill="{palette.muted}" text-anchor="middle"{squeeze}>'
            f"{escaped_title}</text>"
        )
    return [*filter(None, head)]


def _glyphs(drawing: Drawing, palette: Palette) -> list[str]:
    """The shapes of a drawing, then its texts."""
    shapes: list[str] = []
    texts: list[str] = []
    for y, line in enumerate(drawing.lines):
        x = 0
        for text, style in line:
            foreground = style.fg or palette.foreground
            for kind, group in groupby(enumerate(text, x), key=lambda item: _kind(item[1])):
                cells = list(group)
                if kind == "text":
                    texts.append(_text(cells, y, foreground, style.bold))
                elif kind:
                    shapes.append(_shape(kind, cells, y, foreground))
            x += len(text)
    return [*shapes, *texts]


def _kind(glyph: str) -> str:
    """How a glyph is drawn: "" (blank), "text", "dots", "frame", or the glyph itself for a block or shade."""
    if glyph in BLANKS:
        return ""
    if glyph in _BLOCKS or glyph in _SHADES:
        return glyph
    if glyph in _FRAMES:
        return "frame"
    return "dots" if "\u2801" <= glyph <= "\u28ff" else "text"


def _backgrounds(drawing: Drawing) -> Iterator[tuple[int, int, int, str]]:
    """(x, y, width, colour) of each run of cells with the same background."""
    for y, line in enumerate(drawing.lines):
        x = 0
        for background, spans in groupby(line, key=lambda span: span.style.bg):
            width = sum(len(span.text) for span in spans)
            if background is not None:
                yield x, y, width, background
            x += width


def _merge_rows(runs: Iterator[tuple[int, int, int, str]]) -> list[tuple[int, int, int, int, str]]:
    """(x, y, width, height, colour) of rectangles: equal runs in consecutive lines become one rectangle."""
    open_: dict[tuple[int, int, str], tuple[int, int]] = {}
    done = []
    for x, y, width, colour in runs:
        first, last = open_.get((x, width, colour), (y, y - 1))
        if last != y - 1:
            done.append((x, first, width, last - first + 1, colour))
            first = y
        open_[x, width, colour] = first, y
    done.extend((x, first, width, last - first + 1, colour) for (x, width, colour), (first, last) in open_.items())
    return sorted(done, key=lambda r: (r[1], r[0]))


def _shape(kind: str, cells: list[tuple[int, str]], y: int, foreground: str) -> str:
    """The SVG shape of neighbouring (column, glyph) of one kind in line y."""
    x = cells[0][0]
    if kind == "dots":
        moves = "".join(
            f"M{column * _CELL + 2.5 + 4.25 * dx:g} {y * _LINE + 2.5 + 4.4 * dy:g}h0"
            for column, glyph in cells
            for bit, (dx, dy) in enumerate(_DOTS)
            if (ord(glyph) - 0x2800) >> bit & 1
        )
        return f'<path d="{moves}" stroke="{foreground}" stroke-width="3" stroke-linecap="round"/>'
    if kind == "frame":
        arms = "".join(_arms(column, y, glyph) for column, glyph in cells)
        return f'<path d="{arms}" stroke="{foreground}" shape-rendering="crispEdges"/>'
    upper, lower = _BLOCKS.get(kind, (0, 8))
    opacity = f' fill-opacity="{_SHADES[kind]}"' if kind in _SHADES else ""
    return (
        f'<rect x="{x * _CELL}" y="{y * _LINE + upper * _LINE / 8:g}" width="{len(cells) * _CELL}"'
        f' height="{(lower - upper) * _LINE / 8:g}" fill="{foreground}"{opacity} shape-rendering="crispEdges"/>'
    )


def _arms(column: int, row: int, glyph: str) -> str:
    """The path of a frame glyph: a line from the middle of its cell along each arm."""
    left, top = column * _CELL, row * _LINE
    x, y = left + _CELL / 2, top + _LINE / 2 + 0.5
    ends = {"l": (left, y), "r": (left + _CELL, y), "u": (x, top), "d": (x, top + _LINE)}
    return "".join(f"M{x:g} {y:g}L{ends[arm][0]:g} {ends[arm][1]:g}" for arm in _FRAMES[glyph])


def _text(cells: list[tuple[int, str]], y: int, foreground: str, bold: bool) -> str:
    """The SVG text of neighbouring (column, glyph) in line y, stretched to the width of their cells."""
    text = from_cells("".join(glyph for _, glyph in cells))
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{cells[0][0] * _CELL}" y="{y * _LINE + 13}" textLength="{len(cells) * _CELL}"'
        f' lengthAdjust="spacingAndGlyphs" fill="{foreground}"{weight}>{escape(text, quote=False)}</text>'
    )


def _printable(text: str) -> str:
    """Replace the characters that XML forbids."""
    return "".join(c if c.isprintable() else "·" for c in text)
