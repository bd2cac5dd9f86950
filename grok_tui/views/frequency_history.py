"""The frequencies of every epoch by each rule: in the neurons, in the logits, in the embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, Span, above, beside, fit
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.plots import MapPlot
from grok_tui.render.readout import format_value
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import heading
from grok_tui.views.shared.epoch_curves import run_metrics_so_far
from grok_tui.views.shared.epoch_strips import EpochMarks, by_marked_epochs, column_of, pointers
from grok_tui.views.shared.fact_line import muted_line
from grok_tui.views.shared.frequency_rules import RULES
from grok_tui.views.shared.frequency_strips import LEFT, RIGHT, Strips, choose_strips, draw_strips, strips_axis
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.frequency_history import FrequencyHistory
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEAST_COLUMNS, _GAP = 18, 2  # of the strips of a rule, and between two rules
_MOST_LISTED = 12  # numbers in a fact
_NAMES = {"neurons": "by neurons", "logits": "by logits", "embedding": "by W_E"}
_UNITS = {"neurons": "neurons", "logits": "share", "embedding": "share"}


@dataclass(frozen=True, eq=False)
class RuleHistory:
    """The history of a run, and the strips of each rule that applies to it."""

    run_metrics: RunMetricsSnapshot
    history: FrequencyHistory

    @cached_property
    def strips(self) -> dict[str, Strips]:
        """By the name of the rule."""
        values = {name: getattr(self.history, name) for name in _NAMES}
        return {name: self._strips(name, each) for name, each in values.items() if each is not None}

    def _strips(self, name: str, values: NDArray[np.float64]) -> Strips:
        scale = Scale(0.0, float(values.max(initial=0.0)) or 1.0, False, _UNITS[name])
        return Strips(self.history.epochs, values, scale, lambda index, value: self._text(name, index, value))

    def _text(self, name: str, index: int, value: float) -> str:
        return f"k = {self.history.frequencies[index]}: {_value(name, value) or 'not'} {_NAMES[name]}"

    @cached_property
    def largest(self) -> NDArray[np.float64]:
        """The largest value of each frequency by any rule, in parts of that rule's largest. [frequency, 1]"""
        parts = [each.values / each.scale.high for each in self.strips.values()]
        largest: NDArray[np.float64] = np.stack([part.max(axis=1, initial=0.0) for part in parts]).max(axis=0)
        return largest[:, None]


@dataclass(frozen=True, eq=False)
class FrequencyHistoryAnswer(EpochMarks):
    reference_epoch: int
    keys: tuple[int, ...]  # of the reference epoch
    rules: RuleHistory


def query(explorer: Explorer, selection: Selection) -> FrequencyHistoryAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "frequency-history")
    keys = explorer.keys(selection.reference_epoch)
    return FrequencyHistoryAnswer(selection.epoch, selection.reference_epoch, keys, _history(run_metrics))


@lru_cache(maxsize=8)
def _history(run_metrics: RunMetricsSnapshot) -> RuleHistory:
    from engine.explorer.frequency_history import frequency_history

    return RuleHistory(run_metrics, frequency_history(run_metrics))


def title(answer: FrequencyHistoryAnswer) -> str:
    return f"frequencies by each rule over the epochs · epoch {answer.epoch:,}"


def draw(answer: FrequencyHistoryAnswer, width: int, height: int, palette: Palette) -> Drawing:
    rules = answer.rules
    most = 1 if height < 12 else 2 if height < 20 else 4
    top = heading(rules.run_metrics, width, height, palette, [palette.text(fact) for fact in _facts(answer)], most=most)
    count = _n_shown(answer, width)
    if not rules.history.frequencies or not count:
        none = "no rule finds a frequency at any measured epoch" if len(rules.history.epochs) else ""
        return fit(above(top, muted_line(none, width, palette)), width, height)
    names = list(rules.strips)[:count]
    room = width - LEFT - count * RIGHT - (count - 1) * _GAP
    chosen = choose_strips(rules.largest, max(height - top.height - 4, 1))
    blocks = [
        _block(answer, name, chosen, room // count, max(height - top.height, 1), palette, first=index == 0)
        for index, name in enumerate(names)
    ]
    return fit(above(top, beside(*blocks, gap=_GAP)), width, height)


def _n_shown(answer: FrequencyHistoryAnswer, width: int) -> int:
    """How many rules have room beside each other; the others are in the readouts and the facts."""
    room = (width - LEFT + _GAP) // (_LEAST_COLUMNS + RIGHT + _GAP)
    return min(len(answer.rules.strips), max(room, 1 if width >= LEFT + RIGHT + 4 else 0))


def _block(
    answer: FrequencyHistoryAnswer,
    name: str,
    chosen: Sequence[int],
    columns: int,
    height: int,
    palette: Palette,
    *,
    first: bool,
) -> Drawing:
    """The strips of a rule below its name, the pointer of the epoch and above the axis; the first has the labels."""
    strips, left = answer.rules.strips[name], LEFT if first else 0
    width = left + columns + RIGHT
    now = strips.index_of(answer.epoch)

    def label(index: int) -> Span:
        return _label(answer, answer.rules.history.frequencies[index], palette)

    def tail(index: int) -> str:
        return "" if now is None else _value(name, float(strips.values[index, now]))

    axis = strips_axis(strips, columns, width, palette, left=left)
    rows = draw_strips(
        strips, chosen, columns, max(height - axis.height - 2, 1), palette, label=label if first else None, tail=tail
    ).showing(_plot(answer, name, palette))
    at = [column_of(epoch, strips.epochs, columns) for epoch in answer.marked_epochs]
    marks = pointers([None if c is None else left + c for c in at], width, answer.marked_epochs, palette)
    heading_line = palette.fit(f"{' ' * left}{_NAMES[name]}", width)
    left_out = len(answer.rules.history.frequencies) - len(chosen)
    note = palette.text(f"… {left_out} more") if first and left_out else ""
    body = above(
        Drawing.of_lines([heading_line], width, palette.style(palette.foreground, bold=True)),
        marks,
        rows,
        Drawing.of_lines([note], width, palette.style(palette.muted)),
    )
    return above(fit(body, width, max(height - axis.height, 1)), axis)


def _label(answer: FrequencyHistoryAnswer, k: int, palette: Palette) -> Span:
    """The frequency, marked if it is key at the reference epoch or transient."""
    key = k in answer.keys
    ink = frequency_style(k, answer.keys, palette) if key else palette.style(palette.foreground)
    mark = "~" if k in answer.rules.history.transient else " "
    return Span(f"{palette.text('▸') if key else ' '}{k:>3}{mark}", ink)


def _plot(answer: FrequencyHistoryAnswer, name: str, palette: Palette) -> MapPlot:
    """All strips with all checkpoints, blank where the rule does not find a frequency."""
    strips, frequencies = answer.rules.strips[name], answer.rules.history.frequencies
    transient = answer.rules.history.transient
    return MapPlot(
        np.where(strips.values > 0, strips.values, np.nan),
        strips.scale,
        "epoch",
        f"frequency k, {_NAMES[name]}",
        x=strips.epochs,
        y_names=[(index, f"{k}{'~' if k in transient else ''}") for index, k in enumerate(frequencies)],
        y_styles=[frequency_style(k, answer.keys, palette) for k in frequencies],
        cursors=tuple(map(float, answer.marked_epochs)),
    )


def _facts(answer: FrequencyHistoryAnswer) -> list[str]:
    history = answer.rules.history
    facts = [f"▸ key at epoch {answer.reference_epoch:,}: {_listed(answer.keys)}"]
    if not len(history.epochs):
        return facts
    facts.append(f"~ transient: {_listed(history.transient)}")
    for name, strips in answer.rules.strips.items():
        if (now := strips.index_of(answer.epoch)) is not None:
            found = [k for k, value in zip(history.frequencies, strips.values[:, now], strict=True) if value]
            facts.append(f"now {_NAMES[name]}: {_listed(found)}")
    never = history.never_committed
    some = f"{len(never):,} of {len(history.committed_at):,} neurons never commit"
    return [*facts, f"{some}: {_listed(never)}" if never else some]


def _listed(numbers: Sequence[int]) -> str:
    """At most the first numbers of a list.

    >>> _listed([3, 5]), _listed(range(30))
    ('3, 5', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 … (18 more)')
    """
    more = f" … ({len(numbers) - _MOST_LISTED:,} more)" if len(numbers) > _MOST_LISTED else ""
    return (", ".join(map(str, numbers[:_MOST_LISTED])) or "none") + more


def _value(name: str, value: float) -> str:
    """A value of a rule, such as `52` neurons or `3.1%` of an energy; empty for 0."""
    if not value:
        return ""
    return format_value(value) if name == "neurons" else f"{value:.1%}" if value < 0.0995 else f"{value:.0%}"


def table(answer: FrequencyHistoryAnswer) -> Table:
    columns = (
        Column("epoch", format=",d"),
        Column("frequency"),
        Column("tuned_neurons", format=",d"),
        Column("committed_neurons", format=",d"),
        Column("logit_energy", format=".4f"),
        Column("embedding_energy", format=".4f"),
        Column("key_at_reference"),
        Column("transient"),
    )
    history = answer.rules.history
    shape = history.neurons.shape
    logits, embedding = (np.full(shape, np.nan) if e is None else e for e in (history.logits, history.embedding))
    rows = tuple(
        (
            int(epoch),
            k,
            int(history.neurons[index, at]),
            int(history.committed[index, at]),
            none_if_nan(float(logits[index, at])),
            none_if_nan(float(embedding[index, at])),
            k in answer.keys,
            k in history.transient,
        )
        for at, epoch in enumerate(history.epochs)
        for index, k in enumerate(history.frequencies)
        if history.committed[index, at] or any(each.values[index, at] for each in answer.rules.strips.values())
    )
    return Table(columns, rows, keys=2)


VIEW = View(
    name="frequency-history",
    about=About(
        shows=(
            "Which frequencies each of the three rules finds at every epoch. One strip for each frequency that any "
            "rule finds, epochs across; in a wide pane one block for each rule. The shade is the number of neurons "
            "tuned to it, its share of the logits, or of W_E; empty where the rule does not find it; the number on the "
            "right is that of the epoch shown. Marks on the left: key at the reference epoch; ~ for a transient "
            "frequency. Above: what the rules find at the epoch shown, and the neurons that never commit."
        ),
        definition=(
            "  by neurons: at least max(2, 1% of d_mlp) neurons have it with a share of at least 0.85; it would be "
            "key if this were the reference epoch\n" + RULES + "\nA neuron commits at the first checkpoint where its "
            "share is at least 0.70, and never if there is none. A frequency is transient if at some checkpoint at "
            "least 5% of the neurons are committed to it, and at the last one fewer than a tenth of its largest "
            "number. Strips are empty and energies 0 below the threshold of a rule."
        ),
        reading=(
            "The rules do not agree on when a frequency begins. In the bundled run W_E has frequency 14 at epoch "
            "1,000 and the logits have it at 1,600, but neurons are tuned to it from 8,500 on; the other key "
            "frequencies follow in the same order. W_E alone finds 25 and 55, which end before cleanup does, and 31, "
            "which stays. A frequency that many neurons had and gave up is transient. Neurons that never commit are "
            "part of the rest at every epoch."
        ),
    ),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=by_marked_epochs(lambda answer: answer.rules.run_metrics),
)
