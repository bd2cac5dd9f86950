"""`grok-tui show VIEW [RUN]`: one view as text or data, as a figure, or over the epochs as an animation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Literal, cast

from cyclopts import Parameter, Token

from engine import WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.animation import DEFAULT_ANIMATION, AnimationOptions, animation
from grok_tui.cli.chosen_epochs import chosen_epochs
from grok_tui.cli.figure_style import DEFAULT_FIGURE_STYLE, FigureStyleOptions, figure_format
from grok_tui.cli.figure_theme import FigureTheme, is_dark
from grok_tui.cli.open_explorer import open_explorer, selection_from_options
from grok_tui.cli.options import (
    DEFAULT_COMPARISON,
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    DEFAULT_SELECTION,
    FORMAT_HELP,
    Ascii,
    ComparisonOptions,
    EngineOptions,
    Force,
    OutputPath,
    RunArgument,
    RunOptions,
    SelectionOptions,
)
from grok_tui.cli.output import (
    check_no_terminal,
    check_output,
    check_readings,
    choose_encoding,
    deliver,
    format_of,
    narrate_warnings,
)
from grok_tui.cli.requested_epochs import RequestedEpochs
from grok_tui.cli.run_metrics import compute_run_metrics
from grok_tui.export.figures.animation_formats import ANIMATION_FORMATS, AnimationFormat
from grok_tui.export.figures.answer import figure_of_answer
from grok_tui.export.figures.options import LAYOUT
from grok_tui.export.render import FORMATS, Format, TextFormat, render_answer
from grok_tui.queries.applicable_views import require_parts
from grok_tui.queries.shown_view import ShownView, query_view, sides_with_run_metrics
from grok_tui.session.comparison_target import compared_selection
from grok_tui.session.settings import read_settings, settings_path, with_overrides
from grok_tui.session.workspaces import VIEW_NAMES
from grok_tui.terminal.display import output_markers
from grok_tui.views import view_named

ShowFormat = Format | AnimationFormat
_FORMATS: dict[str, ShowFormat] = {**FORMATS, **{form: form for form in ANIMATION_FORMATS}}
_DRAWN = ("text", "ansi")  # for a terminal
_SMALLEST, _LARGEST = (20, 6), (1_000, 500)


if TYPE_CHECKING:
    ViewName = str
else:  # the choices for completion; `view_named` also knows former names, and suggests one for a typo
    ViewName = Literal[VIEW_NAMES]


def _first_word(kind: object, tokens: Sequence[Token]) -> str:
    return tokens[0].value


def show(
    view: Annotated[
        ViewName, Parameter(name="VIEW", help="the view; see below", converter=_first_word, show_choices=False)
    ],
    run: RunArgument = None,
    /,
    *,
    selection_options: SelectionOptions = DEFAULT_SELECTION,
    nearest: Annotated[
        bool,
        Parameter(
            help="take the checkpoints nearest to --epoch, --against and --reference-epoch",
            group=option_groups.SELECTION,
        ),
    ] = False,
    comparison: ComparisonOptions = DEFAULT_COMPARISON,
    size: Annotated[
        str | None,
        Parameter(
            help="such as 100x30; default: the terminal's size; of a png, pdf or svg its layout, default: 120x40",
            metavar="COLUMNSxROWS",
        ),
    ] = None,
    format: Annotated[
        Literal["text", "ansi", "csv", "json", "md", "tex", "png", "pdf", "svg", "svg-screen", "gif", "apng", "mp4"]
        | None,
        Parameter(help=FORMAT_HELP),
    ] = None,
    ascii: Ascii = None,
    theme: FigureTheme = None,
    figure_style: FigureStyleOptions = DEFAULT_FIGURE_STYLE,
    over_epochs: AnimationOptions = DEFAULT_ANIMATION,
    output: OutputPath = None,
    force: Force = False,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> None:
    """Print one view, as the explorer shows it or as data.

    Raises:
        GrokError: the run cannot be read or compared, or it lacks what the view needs.
    """
    chosen, (width, height) = view_named(view), parse_size(size)
    form: ShowFormat = format_of(output, format, _FORMATS)
    animated = over_epochs.format(form)
    style, as_figure = figure_style.style(theme), None if animated else figure_format(form, figure_style)
    if as_figure in ("png", "pdf") or animated:
        check_no_terminal(form, output)
    check_output(output, force=force)
    if output is None and form in _DRAWN:
        choose_encoding(ascii)
    settings = with_overrides(read_settings(settings_path()), {"ascii": ascii})
    engine_options = engine_options.with_defaults(settings)
    explorer = open_explorer(run, run_options, engine_options)
    other = comparison.against_run
    second = None if other is None else open_explorer(other, run_options, engine_options)
    requested = RequestedEpochs(selection_options.epoch, engine_options.reference_epoch, comparison.against)
    epochs = requested.nearest(explorer, second) if nearest else requested.checked(explorer, second)
    start = selection_from_options(
        explorer, options=replace(selection_options, epoch=epochs.epoch), reference_epoch=epochs.reference_epoch
    )
    selection = compared_selection(start, explorer, second, epochs.against, comparison.difference)
    narrate_warnings(explorer, second)
    check_readings(explorer, second, force=run_options.force_reading)
    require_parts(chosen, explorer.run)
    for side in sides_with_run_metrics(chosen, explorer, selection, second):
        compute_run_metrics(side.explorer, side.selection.reference_epoch)

    def shown_at(epoch: int) -> ShownView:
        return query_view(chosen, explorer, replace(selection, epoch=epoch), second)

    layout = LAYOUT if size is None else (width, height)
    content: str | bytes
    if animated is not None:
        fps, wanted = over_epochs.frames_per_second, chosen_epochs(explorer, over_epochs.epochs)
        content = animation(wanted, shown_at, animated, fps, style, layout)
    else:
        shown = shown_at(selection.epoch)
        provenance = requested.noted_in(shown.provenance, epochs)
        if as_figure is not None:
            content = figure_of_answer(shown.view, shown.answer, provenance, as_figure, style, layout)
        else:
            markers, dark = output_markers(settings, output), is_dark(settings, theme)
            text_form = cast(TextFormat, form)
            content = render_answer(shown.view, shown.answer, provenance, width, height, text_form, markers, dark)
    deliver(content, output, force=force)


def _within_limits(count: int, axis: int) -> int:
    """COLUMNS and LINES of the environment may be anything."""
    return min(max(count, _SMALLEST[axis]), _LARGEST[axis])


def parse_size(text: str | None) -> tuple[int, int]:
    """Columns and rows of `100x30`; None is the terminal's size, or 100x30 without a terminal.

    Raises:
        WrongUsage: not a size, or out of range.
    """
    if text is None:
        columns, lines = get_terminal_size((100, 33))
        return _within_limits(columns, 0), _within_limits(lines - 3, 1)
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise WrongUsage(f"--size is COLUMNSxROWS, such as 100x30; found {text!r}.")
    size = int(width), int(height)
    if not all(low <= n <= high for low, n, high in zip(_SMALLEST, size, _LARGEST, strict=True)):
        raise WrongUsage(f"--size is between 20x6 and 1000x500; found {text!r}.")
    return size
