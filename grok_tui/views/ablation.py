"""The ablation bench: parts of the model knocked out and brought back, and what becomes of loss and logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.metrics.ablation_spec import Ablation
from grok_tui.render.cells import Drawing, Line, Span, above, beside, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.render.overflow import fit_with_note
from grok_tui.render.palette import Palette, mix
from grok_tui.render.table import Column, Table, Value
from grok_tui.session.ablation_selection import ablation_json, ablation_text, cluster_name
from grok_tui.session.selection import cluster_of
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import ABLATION_KEYS, HEAD_KEYS, NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.ablation_evaluator import AblationResult, Evaluation
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection

_GAP = 2
_CHART_LEAST = (40, 7)  # columns and lines
_PARTS, _NEURONS = 20, 9  # columns of the parts, and those of their neurons' count
_NAMES, _FIGURE = (10, 18), 9  # columns of the figures' names, least and most, and of each figure with its gap

State = Literal["in", "out", "terms"]


@dataclass(frozen=True)
class Part:
    name: str
    neurons: int | None  # None for what has none
    state: State
    selected: bool  # the one that the keys act on


@dataclass(frozen=True, eq=False)
class AblationAnswer:
    epoch: int
    ablation: Ablation
    task: str  # such as `3 + 4`
    parts: tuple[Part, ...]
    found: AblationResult


def query(explorer: Explorer, selection: Selection) -> AblationAnswer:
    epoch, reference_epoch, ablation = selection.epoch, selection.reference_epoch, selection.ablation
    found = explorer.ablate(epoch, reference_epoch, ablation, selection.x, selection.y)
    clusters = explorer.clusters(epoch, reference_epoch)
    task = with_operation_signs(f"{selection.x} ± {selection.y}", explorer.run.config.operation)
    return AblationAnswer(epoch, ablation, task, _parts(clusters, explorer.run.config.n_heads, selection), found)


def _parts(clusters: Sequence[Cluster], n_heads: int, selection: Selection) -> tuple[Part, ...]:
    out, here = selection.ablation, cluster_of(clusters, selection.neuron)
    by_frequency = out.preset in ("key-frequencies", "key-frequencies-no-rest")
    no_rest = out.preset == "key-frequencies-no-rest"

    def state(is_out: bool, kept: State = "in") -> State:
        return "out" if is_out else kept

    neurons = (
        Part(
            cluster_name(one.frequency),
            len(one.neurons),
            state(
                one.frequency in out.clusters or (no_rest and one.frequency is None),
                "terms" if by_frequency and one.frequency is not None else "in",
            ),
            index == here,
        )
        for index, one in enumerate(clusters)
    )
    heads = (Part(f"head {head}", None, state(head in out.heads), head == selection.head) for head in range(n_heads))
    return (*neurons, *heads, Part("direct path", None, state(out.direct or by_frequency), False))


def title(answer: AblationAnswer) -> str:
    return f"ablation · epoch {answer.epoch:,}"


def draw(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """What is out; the parts; the losses and the pair's logits, whole and now; where there is room, all logits."""
    head = _head(answer, width, palette, most=2 if height > 8 else 1)
    room = max(height - head.height, 1)
    narrowest = _PARTS + 1 + _NAMES[0] + 2 * _FIGURE
    if width < narrowest:
        figures = _figures(answer, width, room, palette)
        left = room - figures.height - 1
        below = [_part_list(answer, width, left, palette)] if left >= 3 else []
        return fit(above(head, above(figures, *below, gap=1)), width, height)
    wide = width >= narrowest + _NEURONS + _FIGURE + _GAP
    parts_width = _PARTS + _NEURONS * wide
    parts = _part_list(answer, parts_width, room, palette)
    gap = _GAP if wide else 1
    tables = beside(parts, _figures(answer, width - parts_width - gap, room, palette), gap=gap)
    left = room - tables.height - 1
    if width < _CHART_LEAST[0] or left < _CHART_LEAST[1]:
        return fit(above(head, tables), width, height)
    return fit(above(head, above(tables, _chart(answer, width, left, palette), gap=1)), width, height)


def _head(answer: AblationAnswer, width: int, palette: Palette, most: int) -> Drawing:
    """What is out by name, or how many parts where their names do not fit."""
    words = ablation_text(ablation_json(answer.ablation)).split(" · ")
    if len(words[0]) > width:
        out = sum(part.state == "out" for part in answer.parts)
        words[0] = f"{out} parts out"
    return flow(words, width, palette, most)


def _part_list(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """One line a part; where there is no room for all, those that the keys act on and those out come first."""
    count = len(answer.parts) if len(answer.parts) < height else max(height - 2, 0)
    order = sorted(
        range(len(answer.parts)), key=lambda i: (not answer.parts[i].selected, answer.parts[i].state == "in", i)
    )
    shown = [answer.parts[i] for i in sorted(order[:count])]
    counted = width >= _PARTS + _NEURONS

    def row(mark: str, name: str, neurons: str, state: str) -> str:
        return palette.text(f"{mark} {name:<12}{f'{neurons:>{_NEURONS - 2}}  ' if counted else ''}{state}")

    lines: list[Line] = [(Span(row(" ", "part", "neurons", "state"), palette.style(palette.muted, bold=True)),)]
    for part in shown:
        neurons = "" if part.neurons is None else f"{part.neurons:,}"
        text = row("▸" if part.selected else " ", part.name, neurons, part.state)
        ink = {"in": palette.foreground, "out": palette.warning, "terms": palette.accent}[part.state]
        behind = mix(palette.background, palette.accent, 0.22) if part.selected else None
        lines.append((Span(text.ljust(width), palette.style(ink, behind, bold=part.selected)),))
    if count < len(answer.parts):
        note = f"  … {len(answer.parts) - count:,} more"
        lines.append((Span(palette.text(note), palette.style(palette.muted)),))
    return Drawing.of_lines(lines, width)


def _figures(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Names, the whole model's figures, those of what is left, and the difference, as far as there is room."""
    columns = min(max((width - _NAMES[0]) // _FIGURE, 1), 3)
    name_width = min(max(width - columns * _FIGURE, 0), _NAMES[1])

    def row(name: str, figures: Sequence[str]) -> str:
        chosen = figures[1:2] if columns == 1 else figures[:columns]
        return f"{_fitted(name, name_width):<{name_width}}" + "".join(f"{figure:>{_FIGURE}}" for figure in chosen)

    lines: list[Line] = [
        (Span(row("", ("whole", "now", "change")), palette.style(palette.muted, bold=True)),),
        *(
            (Span(palette.text(row(name, figures)), palette.style(palette.foreground)),)
            for name, figures in _rows(answer)
        ),
    ]
    return fit_with_note(Drawing.of_lines(lines, width), width, min(len(lines), height), palette)


def _fitted(name: str, width: int) -> str:
    """A figure's name, shortened where it has to be, so that no figure is ever cut."""
    if len(name) > width:
        name = name.replace("accuracy", "acc.").replace(" + ", "+").replace(" - ", "-").partition(" of ")[0]
    return name[:width]


def _rows(answer: AblationAnswer) -> list[tuple[str, tuple[str, str, str]]]:
    """What is shown of each figure: its name, whole, now and the change."""
    found = answer.found
    formats = {"loss": (".2e", "+.1e"), "accuracy": (".4f", "+.4f")}
    rows = []
    for figure, of, whole, now in _scores(found):
        plain, delta = formats[figure]
        rows.append((f"{figure} {of}", (_shown(whole, plain), _shown(now, plain), _shown(_change(whole, now), delta))))
    rows.append((f"{answer.task} =", (str(found.original.prediction), str(found.ablated.prediction), "")))
    for (name, whole, now), (plain, delta) in zip(
        _of_the_answer(found), ((".2f", "+.2f"), ("d", "+d"), (".2f", "+.2f")), strict=True
    ):
        label = f"{name} of {found.ablated.answer}"
        rows.append((label, (_shown(whole, plain), _shown(now, plain), _shown(now - whole, delta))))
    return rows


def _scores(found: AblationResult) -> list[tuple[str, str, float | None, float | None]]:
    whole, now = found.original.scores, found.ablated.scores
    return [
        (figure, of, getattr(getattr(whole, figure), of), getattr(getattr(now, figure), of))
        for figure in ("loss", "accuracy")
        for of in ("all", "train", "test")
    ]


def _of_the_answer(found: AblationResult) -> list[tuple[str, float, float]]:
    """The right answer's logit, rank and margin: whole, now."""
    whole, now = found.original, found.ablated
    return [
        ("logit", whole.answer_logit, now.answer_logit),
        ("rank", whole.rank, now.rank),
        ("margin", whole.margin, now.margin),
    ]


def _change(whole: float | None, now: float | None) -> float | None:
    return None if whole is None or now is None else now - whole


def _shown(value: float | None, spec: str) -> str:
    return "–" if value is None else format(value, spec)


def _chart(answer: AblationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The pair's logits over all answers, whole and now."""

    def series(name: str, standing: Evaluation, colour: int, kind: Literal["line", "points"]) -> Series:
        z = np.arange(len(standing.logits), dtype=np.float64)
        return Series(name, z, standing.logits, colour=colour, kind=kind)

    found = answer.found
    lines = [series("whole", found.original, 0, "line")]
    if found.ablated is not found.original:
        lines.append(series("now", found.ablated, 1, "points"))
    chart = line_chart(lines, width, height, palette, x_label="z", y_label="logit")
    return chart.with_cursor(found.ablated.answer, palette, str(found.ablated.answer))


def table(answer: AblationAnswer) -> Table:
    """Columns `figure`, `of`, `state` (of a part: in, out or terms: on its 9 terms), `whole`, `now`, `change`.

    Rows: `part`, by name; `loss` and `accuracy` of all, train, test; then of the pair (`3 + 4`) the model's answer
    (`says`), the right answer's `logit`, `rank` (1: the largest) and `margin`, and the `logits` of each z. Logits
    have their mean over z taken off; change is now - whole.
    """
    found = answer.found
    pair = answer.task
    rows: list[tuple[Value, ...]] = [("part", part.name, part.state, None, None, None) for part in answer.parts]
    rows += [(figure, of, None, whole, now, _change(whole, now)) for figure, of, whole, now in _scores(found)]
    rows.append(("says", pair, None, found.original.prediction, found.ablated.prediction, None))
    rows += [(name, pair, None, whole, now, now - whole) for name, whole, now in _of_the_answer(found)]
    by_z = zip(found.original.logits.tolist(), found.ablated.logits.tolist(), strict=True)
    rows += [("logits", str(z), None, whole, now, now - whole) for z, (whole, now) in enumerate(by_z)]
    numbers = (Column("whole", format=".4g"), Column("now", format=".4g"), Column("change", format="+.3g"))
    return Table((Column("figure"), Column("of"), Column("state"), *numbers), tuple(rows), keys=2)


VIEW = View(
    name="ablation",
    about=About(
        shows=(
            "The ablation bench: knock parts of the model out, and see what becomes of it. Left: the parts and their "
            "state; the marked ones are those that the keys act on, the selected neuron's cluster and the selected "
            "head. Right: loss and accuracy, and for the selected pair the answer, whole (as trained), now and the "
            "change. Below, where there is room: the pair's logits."
        ),
        definition=(
            "Out is, of a cluster or the rest, what its neurons give behind the nonlinearity; of a head, what it adds "
            "to the residual stream (its value bias too; b_O stays); of the direct path, what the residual stream "
            "after attention writes to the logits around the MLP (the biases behind the MLP stay). In its place "
            "stands zero, or its mean over all pairs ({ablate.fill}). Presets ({ablate.preset}) keep less still, and "
            "put the mean for what they take, whatever the setting:\n"
            "  key-frequencies: each cluster on the 9 Fourier terms of its frequency (`terms`), the rest unfiltered, "
            "no direct path; -no-rest: without the rest too\n"
            "  sum-directions: logits on cos w_k(x±y) and sin w_k(x±y) of the key frequencies (trig loss)\n"
            "Logit, rank (1 the largest) and margin over the best other answer are those of the right answer; logits "
            "have their mean over z taken off."
        ),
        reading=(
            "Clusters are the whole model's, whatever is out. Before grokking all neurons are in the rest: without it "
            "there is no MLP left. After it, without one cluster the loss rises by orders of magnitude, and yet with "
            "the mean in its place most answers stay right, as the other frequencies still point to them; zero takes "
            "the part's constant away too, and can do much more harm. At the end of the bundled run the direct path "
            "matters little, a head a lot, the rest a lot with zero and hardly with its mean in place. With preset "
            "key-frequencies and a cluster out the figures are those of `interventions`. All other views show the "
            "whole model."
        ),
    ),
    keys=(*ABLATION_KEYS, *NEURON_KEYS, *HEAD_KEYS, "pair.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    shows_ablation=True,
)
