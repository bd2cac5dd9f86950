"""`grok-tui runs --view`: a figure of many runs, drawn or as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.figure_style import DEFAULT_FIGURE_STYLE, FigureStyleOptions, figure_format
from grok_tui.cli.figure_theme import FigureTheme, is_dark
from grok_tui.cli.options import FORMAT_HELP
from grok_tui.cli.output import check_no_terminal, format_of
from grok_tui.session.runs_selection import FigureChoice

if TYPE_CHECKING:
    from grok_tui.run_views.run_view import RunsView, ShownRuns

RunsFormat = Literal["text", "ansi", "csv", "json", "md", "tex", "html", "png", "pdf", "svg", "svg-screen"]
# By the ending of a file. Tables of runs are not drawn: they have no colours and no curves.
FORMATS: dict[str, RunsFormat] = {
    "txt": "text",
    "csv": "csv",
    "json": "json",
    "md": "md",
    "tex": "tex",
    "html": "html",
    "htm": "html",
    "ansi": "ansi",
    "svg": "svg",
    "png": "png",
    "pdf": "pdf",
}
_DRAWN = ("ansi", "png", "pdf", "svg", "svg-screen")
Format = Annotated[
    RunsFormat | None,
    Parameter(
        help=f"{FORMAT_HELP}; ansi, png, pdf, svg and svg-screen draw a --view; html is a page with all of them",
        group=option_groups.OUTPUT,
    ),
]


@Parameter(name="*", group=option_groups.FIGURES)
@dataclass(frozen=True)
class FigureOptions:
    """A figure in place of the table."""

    view: Annotated[
        Literal["curves", "phase-diagram", "histogram", "groups"] | None,
        Parameter(help="show a figure: loss curves, a metric over settings, key frequencies, groups"),
    ] = None
    metric: Annotated[
        str, Parameter(help="of phase-diagram and groups: any field that is a number, such as share_grokked")
    ] = "grokked"
    x: Annotated[str | None, Parameter(help="the setting across a phase diagram; default: the first that varies")] = (
        None
    )
    y: Annotated[
        str | None, Parameter(help="the setting up it, or none for a curve over --x; default: the second that varies")
    ] = None
    losses: Annotated[Literal["test", "train"], Parameter(help="which losses the curves show")] = "test"
    align: Annotated[Literal["epoch", "grokked"], Parameter(help="align curves by epoch or at grokking")] = "epoch"
    middle: Annotated[Literal["median", "mean", "geometric-mean"], Parameter(help="the middle of a group's curves")] = (
        "median"
    )
    log_x: Annotated[bool, Parameter(help="logarithmic epochs of curves")] = False
    size: Annotated[
        str | None, Parameter(help="of a figure, COLUMNSxROWS, such as 100x30; default: the terminal's size")
    ] = None
    theme: FigureTheme = None
    style: FigureStyleOptions = DEFAULT_FIGURE_STYLE

    @property
    def choice(self) -> FigureChoice:
        """The choices of the figures on the screen."""
        middle = "geometric mean" if self.middle == "geometric-mean" else self.middle
        return FigureChoice(self.metric, self.x, self.y, self.losses, self.align, middle, self.log_x)


DEFAULT_FIGURE = FigureOptions()


def runs_format(output: Path | None, explicit: RunsFormat | None, figure: FigureOptions) -> RunsFormat:
    """The output format.

    Raises:
        WrongUsage: a format that draws, without a figure; options of a figure without one; an unknown ending.
    """
    form = format_of(output, explicit, FORMATS)
    if form == "html":
        _check_page(output, figure)
        return form
    if figure.view is None and figure != DEFAULT_FIGURE:
        options = (
            "--metric, --x, --y, --losses, --align, --middle, --log-x, --size, --theme and those of a png, pdf or svg"
        )
        raise WrongUsage(f"{options} are of a figure; pass --view, for example --view curves.")
    if figure.view is None and form in _DRAWN:
        raise WrongUsage(f"The table of runs is not drawn as {form}; pass --view, for example --view curves.")
    if form in ("png", "pdf"):
        check_no_terminal(form, output)
    return form


def _check_page(output: Path | None, figure: FigureOptions) -> None:
    """Check that a page goes to a file, and that no option is for another kind of figure."""
    check_no_terminal("page", output, ending="html")
    figure_format("html", figure.style)
    if figure.size is not None or figure.theme is not None:
        raise WrongUsage("A page has a layout and both themes of its own; omit --size and --theme.")


def render_page(
    shown: ShownRuns, folders: Sequence[Path], options: FigureOptions, form: RunsFormat, *, to_file: bool
) -> str:
    """The page of the runs on show: their table, and the figure of --view or all figures.

    Raises:
        WrongUsage: a field is unknown.
    """
    from grok_tui.export.page.runs_page import runs_page
    from grok_tui.queries.runs_provenance import runs_provenance
    from grok_tui.run_views import RUN_VIEWS, run_table

    views = tuple(RUN_VIEWS) if options.view is None else (options.view,)
    table: RunsView[Any] = run_table.VIEW
    return runs_page(replace(shown, has_cursor=False), views, runs_provenance(shown, folders, table))


def render_figure(
    shown: ShownRuns, folders: Sequence[Path], options: FigureOptions, form: RunsFormat, *, to_file: bool
) -> str | bytes:
    """The figure of the runs on show, with its provenance.

    Raises:
        WrongUsage: a field is unknown, or the size is not one.
        NoFigure: matplotlib is not installed.
    """
    from grok_tui.cli.show import parse_size
    from grok_tui.export.figures.answer import figure_of_answer
    from grok_tui.export.figures.options import LAYOUT
    from grok_tui.export.render import TextFormat, render_answer
    from grok_tui.queries.runs_provenance import runs_provenance
    from grok_tui.run_views import RUN_VIEWS
    from grok_tui.session.settings import read_settings, settings_path
    from grok_tui.terminal.display import output_markers

    assert options.view is not None
    view, (width, height) = RUN_VIEWS[options.view], parse_size(options.size)
    answer = view.query(replace(shown, has_cursor=False))
    provenance = runs_provenance(shown, folders, view)
    if (as_figure := figure_format(form, options.style)) is not None:
        layout = LAYOUT if options.size is None else (width, height)
        return figure_of_answer(view, answer, provenance, as_figure, options.style.style(options.theme), layout)
    settings = read_settings(settings_path())
    markers, dark = output_markers(settings, Path() if to_file else None), is_dark(settings, options.theme)
    return render_answer(view, answer, provenance, width, height, cast(TextFormat, form), markers, dark)
