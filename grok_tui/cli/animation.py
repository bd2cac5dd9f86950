"""`grok-tui show VIEW --over-epochs`: the view at each epoch, as an animation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import Parameter

from engine import GrokError, WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.chosen_epochs import EPOCHS_HELP
from grok_tui.export.figures.animation_formats import ANIMATION_FORMATS, DPI, AnimationFormat, require_encoder
from grok_tui.export.figures.equal_scales import with_equal_scales
from grok_tui.export.figures.options import FigureStyle
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.palette import choose_palette

if TYPE_CHECKING:
    from grok_tui.queries.shown_view import ShownView

Item = TypeVar("Item")
_SLOWEST, _FASTEST = 0.2, 50.0


@Parameter(name="*", group=option_groups.OUTPUT)
@dataclass(frozen=True)
class AnimationOptions:
    """What an animation shows, and how fast."""

    over_epochs: Annotated[bool, Parameter(help="an animation of all epochs: gif, apng or mp4 (needs ffmpeg)")] = False
    epochs: Annotated[str | None, Parameter(help=f"with --over-epochs: {EPOCHS_HELP}")] = None
    fps: Annotated[float | None, Parameter(help="with --over-epochs: epochs a second; default: 8")] = None

    def format(self, form: str) -> AnimationFormat | None:
        """The format if it is one of animations, else None.

        Raises:
            WrongUsage: an animation without --over-epochs, the reverse, or a speed out of range.
            GrokError: matplotlib or ffmpeg is not installed.
        """
        found = next((name for name in ANIMATION_FORMATS if name == form), None)
        if found is None and self != DEFAULT_ANIMATION:
            raise WrongUsage(
                f"--over-epochs, --epochs and --fps are of gif, apng and mp4; found the format {form}, "
                "pass --format gif, apng or mp4."
            )
        if found is not None and not self.over_epochs:
            raise WrongUsage(f"A {form} is an animation over the epochs; pass --over-epochs as well.")
        if not _SLOWEST <= self.frames_per_second <= _FASTEST:
            raise WrongUsage(f"--fps is between {_SLOWEST:g} and {_FASTEST:g}; found {self.frames_per_second:g}.")
        if found is not None:
            require_encoder(found)
        return found

    @property
    def frames_per_second(self) -> float:
        return 8.0 if self.fps is None else self.fps


DEFAULT_ANIMATION = AnimationOptions()


def animation(
    epochs: Sequence[int],
    shown_at: Callable[[int], ShownView],
    form: AnimationFormat,
    fps: float,
    style: FigureStyle,
    layout: tuple[int, int],
) -> bytes:
    """The animation of these epochs, with one scale for all; progress on stderr.

    Raises:
        GrokError: the view cannot answer at an epoch, or describes nothing that a figure can draw.
    """
    from grok_tui.export.figures.animation import encode_animation
    from grok_tui.export.figures.figure import render_figure

    frames = [shown_at(epoch) for epoch in _tracked(epochs, "computing epochs")]
    palette = choose_palette(style.dark)
    drawings = with_equal_scales([frame.view.draw(frame.answer, *layout, palette) for frame in frames])
    figures = [
        render_figure(
            drawing,
            frame.view.title(frame.answer),
            provenance_lines({**frame.provenance, "ablation": None}),
            frame.provenance,
            "png",
            style,
            dpi=DPI,
        )
        for drawing, frame in _tracked(list(zip(drawings, frames, strict=True)), "drawing frames")
    ]
    if not figures:
        raise GrokError("There is no epoch to show.")
    comment = json.dumps({**frames[-1].provenance, "epochs": list(epochs)}, default=str)
    return encode_animation(figures, form, fps, comment)


def _tracked(items: Sequence[Item], what: str) -> Iterable[Item]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, what, console=console, transient=True, disable=not console.is_terminal)
