"""The order in which maps and charts show the tokens: natural, unwrapped, or by logarithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.ticks import index_ticks, linear_ticks

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.choices import Order
    from grok_tui.session.selection import Selection

_TICKS = 8
_WINDOW_STEPS = (1, 2, 5, 10, 20, 50, 100)


def unwrapped_order(p: int, k: int) -> NDArray[np.int64]:
    """The indices 0 .. p-1 by k × index mod p: a wave of frequency k is one cycle. [position]

    If k and p share a factor g, g neighbours are equal.
    """
    return np.argsort(k * np.arange(p) % p, kind="stable")


@dataclass(frozen=True, eq=False)
class TokenAxis:
    """An axis over tokens.

    Answers over tokens are by index in the engine's token order: in a run that multiplies or divides, an index is a
    logarithm, and the axis has no token 0.
    """

    tokens: NDArray[np.int64]  # [index]
    order: Order = "natural"
    frequency: int | None = None  # k of the unwrapped order
    window: tuple[int, int] | None = None  # the first positions of x and y on maps that show a part; None: all tokens

    @staticmethod
    def of(explorer: Explorer, selection: Selection, k: int | None) -> TokenAxis:
        """The axis in the selected order; natural instead of unwrapped without a frequency k."""
        order, tokens = selection.order, explorer.order.array
        if (order == "unwrapped" and k is None) or (order == "logarithm" and explorer.order.natural):
            order = "natural"
        unwrapped = order == "unwrapped"
        return TokenAxis(tokens, order, k if unwrapped else None, None if unwrapped else selection.window)

    @property
    def on_logarithms(self) -> bool:
        """Whether an index is the logarithm of its token."""
        return bool(self.tokens[0] != 0)

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """The index shown at each position. [position]"""
        if self.frequency is not None:
            return unwrapped_order(len(self.tokens), self.frequency)
        return np.argsort(self.tokens) if self.order == "natural" else np.arange(len(self.tokens))

    @cached_property
    def shown(self) -> list[int]:
        """The token at each position. [position]"""
        tokens: list[int] = self.tokens[self.indices].tolist()
        return tokens

    @property
    def coordinates(self) -> NDArray[np.float64]:
        """The positions on the axis of a chart: the tokens in natural order, else 0, 1, ... [position]"""
        return np.array(self.shown if self.order == "natural" else range(len(self.tokens)), dtype=np.float64)

    @property
    def names(self) -> list[str] | None:
        """The names of the coordinates: of logarithms their tokens; None where the coordinates name themselves."""
        return list(map(str, self.shown)) if self.on_logarithms and self.order != "natural" else None

    @property
    def map_ticks(self) -> list[tuple[int, str]] | None:
        """Some positions with their tokens, for the axes of a map; None for the positions themselves."""
        count = len(self.tokens)
        if not self.on_logarithms:
            return None
        if self.order == "natural":
            return [(round(tick.value) - 1, tick.text) for tick in linear_ticks(1, count, _TICKS)]
        positions = (round(tick.value) for tick in index_ticks(count, _TICKS))
        return [(position, str(self.shown[position])) for position in positions]

    def window_ticks(self, positions: range) -> list[tuple[int, str]]:
        """Ticks of some positions, with their tokens, counted from the first of them."""
        step = next((step for step in _WINDOW_STEPS if len(positions) <= step * _TICKS), _WINDOW_STEPS[-1])
        natural = self.order == "natural"
        round_ones = [at for at in positions if (self.shown[at] if natural else at) % step == 0]
        return [(at - positions.start, str(self.shown[at])) for at in round_ones or positions[:1]]

    def label(self, name: str) -> str:
        """The label of the axis, from what a token is called."""
        suffix = {"natural": "", "unwrapped": " in unwrapped order", "logarithm": " in order of logarithms"}
        return name + suffix[self.order]

    def note_line(
        self,
        columns: int,
        width: int,
        frequency: int | None,
        palette: Palette,
        whose: str = "",
        part: tuple[range, range] | None = None,
    ) -> Drawing:
        """The note as a line; a figure, which has room for every token, has only the order, unless it is natural."""
        text = palette.fit(self.note(columns, width, frequency, whose, part), width)
        line = Drawing.of_lines([text], width, palette.style(palette.muted))
        if self.order == "natural" and not self.on_logarithms and part is None:
            return line
        return line.showing(TextPlot(self.note(len(self.tokens), 1_000, frequency, part=part)))

    def note(
        self,
        columns: int,
        width: int,
        frequency: int | None,
        whose: str = "",
        part: tuple[range, range] | None = None,
    ) -> str:
        """The order of the tokens, and whether waves of a frequency are aliased on this many `columns` of the screen.

        `width` is the room for the note; `whose` names what is drawn, such as `the neuron's`. `part` are the positions
        of x and y of a map that shows not all of them.
        """
        count, index = len(self.tokens), "logarithm" if self.on_logarithms else "token"
        if self.order == "unwrapped":
            formula = f"{self.frequency} × {index} mod {count}"
            return _first_that_fits(width, f"unwrapped: tokens in order of {formula}", f"unwrapped: {formula}")
        name = f"{self.order} order"
        if part is not None and self.order == "natural":
            x, y = (f"{self.shown[at.start]} to {self.shown[at.stop - 1]}" for at in part)
            whole, short = f"x {x}, y {y} of {count} tokens", f"x {x}, y {y}"
            return _first_that_fits(width, f"{name}, {whole}", whole, short)
        if part is not None:
            return _first_that_fits(width, f"{name}, {len(part[0])} × {len(part[1])} of {count} tokens", name)
        if self.order == "natural" and self.on_logarithms:
            return _first_that_fits(
                width,
                f"{name}: the waves are over the logarithms of the tokens",
                f"{name}; waves are over logarithms",
                name,
            )
        if frequency is None or columns >= count:
            return name
        needs, false = f"needs {count} columns, here are {columns}", "false pattern; unwrap it"
        pattern = f"this pattern is not {whose}" if whose else "this pattern is false"
        return _first_that_fits(width, f"{name} {needs}: {pattern}; unwrap it", f"{needs}: a {false}", false)


def _first_that_fits(width: int, *sentences: str) -> str:
    """The first sentence that fits in the width; else the last."""
    return next((sentence for sentence in sentences if len(sentence) <= width), sentences[-1])
