"""`grok-tui llc --calibrate`: estimates of one epoch by step size and nbeta, as a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import WrongUsage
from engine.metrics.llc.settings import LlcSettings
from grok_tui.cli.chosen_epochs import chosen_epochs
from grok_tui.export.render import TextFormat, render_answer
from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.maps.cell_map import CellTexts, cell_map
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.session.settings import read_settings, settings_path
from grok_tui.terminal.display import output_markers
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import About, Figure

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.llc.estimate import Llc

_STEP_FACTORS = (0.01, 0.1, 1.0, 3.0, 10.0)
_NBETA_FACTORS = (0.01, 0.1, 1.0, 10.0, 100.0)


def one_epoch(explorer: Explorer, text: str | None) -> int:
    """The epoch of `--epochs`, by default the last.

    Raises:
        WrongUsage: it names several.
    """
    if text is None:
        return explorer.epochs[-1]
    chosen = chosen_epochs(explorer, text)
    if len(chosen) > 1:
        raise WrongUsage(f"--calibrate takes one epoch, such as --epochs {chosen[-1]}; found {text}.")
    return chosen[0]


def calibration_settings(centre: LlcSettings) -> list[LlcSettings]:
    """The choices around some settings; step sizes with which the pull would overshoot are left out."""
    assert centre.nbeta is not None
    choices = []
    for step_factor in _STEP_FACTORS:
        for nbeta_factor in _NBETA_FACTORS:
            step_size = float(f"{centre.step_size * step_factor:.6g}")
            if step_size * centre.gamma < 2:
                nbeta = float(f"{centre.nbeta * nbeta_factor:.6g}")
                choices.append(replace(centre, step_size=step_size, nbeta=nbeta))
    return choices


@dataclass(frozen=True, eq=False)
class CalibrationAnswer:
    estimates: Sequence[Llc]
    epoch: int | None

    @property
    def step_sizes(self) -> list[float]:
        return sorted({found.settings.step_size for found in self.estimates})

    @property
    def nbetas(self) -> list[float]:
        return sorted({found.nbeta for found in self.estimates})

    def at(self, step_size: float, nbeta: float) -> Llc | None:
        """The estimate with these settings."""
        matching = (one for one in self.estimates if (one.settings.step_size, one.nbeta) == (step_size, nbeta))
        return next(matching, None)


def title(answer: CalibrationAnswer) -> str:
    return f"local learning coefficient by step size and nbeta · epoch {answer.epoch:,}"


def draw(answer: CalibrationAnswer, width: int, height: int, palette: Palette) -> Drawing:
    first = answer.estimates[0]
    settings = first.settings
    head = flow(
        [
            f"{settings.chains:,} chains of {settings.draws:,} draws after {settings.burn_in:,}",
            f"gamma {settings.gamma:g}",
            f"default nbeta n / ln n for {first.n_train:,} train pairs",
            "choose where neighbouring cells agree and no chain diverges",
        ],
        width,
        palette,
    )
    cells = [[answer.at(x, y) for x in answer.step_sizes] for y in answer.nbetas[::-1]]
    values = np.array([[_value(cell) for cell in row] for row in cells])
    names = [f"{value:g}" for value in answer.step_sizes], [f"{value:g}" for value in answer.nbetas[::-1]]
    room = max(height - head.height, 1)
    scale = Scale.of(values, diverging=False)
    body = cell_map(
        values,
        CellTexts([[_texts(cell) for cell in row] for row in cells]),
        width,
        room,
        palette,
        x_names=names[0],
        y_names=names[1],
        x_label="step size",
        y_label="nbeta",
        scale=scale,
    )
    if body is None:
        body = heatmap(
            values,
            width,
            room,
            palette,
            scale=scale,
            x_label="step size",
            y_label="nbeta",
            names=list(enumerate(names[0])),
            row_names=list(enumerate(names[1])),
        )
    return fit(above(head, body), width, height)


def _value(cell: Llc | None) -> float:
    value = None if cell is None else cell.value
    return float("nan") if value is None else value


def _texts(cell: Llc | None) -> list[str]:
    """The estimate, its standard error, and how many chains diverged."""
    if cell is None:
        return ["·"]
    diverged = cell.settings.chains - len(cell.kept)
    notes = [f"{diverged} diverged"] if diverged else []
    if cell.value is None:
        return ["–", *notes]
    error = [] if cell.standard_error is None else [f"± {cell.standard_error:.2g}"]
    return [f"{cell.value:.3g}", *notes, *error]


def table(answer: CalibrationAnswer) -> Table:
    columns = (
        Column("step_size", format="g", names=True),
        Column("nbeta", format="g", names=True),
        Column("llc", format=".4g"),
        Column("standard_error", format=".2g"),
        Column("diverged", format=",d"),
        Column("lower_share", format=".3f"),
    )
    rows = tuple(
        (
            found.settings.step_size,
            found.nbeta,
            found.value,
            found.standard_error,
            found.settings.chains - len(found.kept),
            found.lower_share,
        )
        for found in answer.estimates
    )
    return Table(columns, rows, keys=2)


FIGURE = Figure(
    name="llc-calibration",
    about=About(
        shows="The local learning coefficient of one epoch by step size and nbeta, with the diverged chains.",
        definition="As the view `llc` defines it, with each step size (across) and nbeta (up).",
        reading=(
            "Choose settings in a region where neighbouring cells agree and no chain diverges. Where the step size is "
            "too large, chains diverge or the estimate grows with it; where it is too small, they have not yet left w*."
        ),
    ),
    title=title,
    draw=draw,
    table=table,
)


def calibration_output(
    estimates: Sequence[Llc], provenance: Mapping[str, Any], form: TextFormat, output: Path | None
) -> str:
    """The map of the estimates of one epoch in a format: text, csv or json."""
    markers = output_markers(read_settings(settings_path()), output)
    columns, lines = get_terminal_size((100, 33))
    sampling = {**asdict(estimates[0].settings), "step_size": None, "nbeta": None}
    described = {**provenance, "sampling": sampling}
    answer = CalibrationAnswer(estimates, provenance["epoch"])
    return render_answer(FIGURE, answer, described, max(columns, 20), max(lines - 3, 6), form, markers)
