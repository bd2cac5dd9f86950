"""Export a table as LaTeX, with the rules of the package booktabs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grok_tui.render.cell_text import clean
from grok_tui.render.table import Column, Table, Value, is_numeric, text_of

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{special: f"\\{special}" for special in "&%$#_{}"},
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "²": "$^2$",
    "Σ": r"$\Sigma$",
    "‖": r"$\|$",
    "·": r"$\cdot$",
    "…": r"\dots{}",
}
_NUMBER = re.compile(r"–?|[-+−]?[\d.,]+%?")
_SCIENTIFIC = re.compile(r"([-+]?[\d.]+)e([-+]?\d+)")


def to_latex(table: Table, comments: Sequence[str] = ()) -> str:
    """A `tabular` below comments: numbers in the formats of their columns and aligned right, absent ones as `--`."""
    numeric = [is_numeric(table.rows, index) or _holds_numbers(table, index) for index in range(len(table.columns))]
    lines = [
        *(f"% {clean(comment)}" for comment in (*comments, r"\usepackage{booktabs}")),
        rf"\begin{{tabular}}{{{''.join('r' if number else 'l' for number in numeric)}}}",
        r"\toprule",
        _row([escape(column.title or column.name) for column in table.columns]),
        r"\midrule",
        *(_row([_cell(v, c) for v, c in zip(row, table.columns, strict=True)]) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""The text with LaTeX's special characters escaped.

    >>> escape("share_mean, 5% of ±1")
    'share\\_mean, 5\\% of $\\pm$1'
    """
    return "".join(_ESCAPES.get(character, character) for character in clean(text))


def _holds_numbers(table: Table, index: int) -> bool:
    """Whether all texts of a column are numbers or absent."""
    texts = [text_of(row[index], table.columns[index]) for row in table.rows]
    return any(texts) and all(map(_NUMBER.fullmatch, texts))


def _cell(value: Value, column: Column) -> str:
    text = text_of(value, column)
    number = not isinstance(value, str) and _SCIENTIFIC.fullmatch(text)
    return rf"${number[1]}\times 10^{{{int(number[2])}}}$" if number else escape(text)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
