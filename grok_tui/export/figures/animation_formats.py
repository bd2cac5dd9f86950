"""The formats of animations, and whether they can be made here. Imports no matplotlib and no Pillow."""

from __future__ import annotations

import shutil
from typing import Literal, get_args

from engine.errors import GrokError
from grok_tui.export.figures.options import require_matplotlib

AnimationFormat = Literal["gif", "apng", "mp4"]
ANIMATION_FORMATS: tuple[AnimationFormat, ...] = get_args(AnimationFormat)
DPI = 110  # of a frame


def require_encoder(form: AnimationFormat) -> None:
    """Check that animations of a format can be made.

    Raises:
        GrokError: matplotlib or, for mp4, ffmpeg is not installed.
    """
    require_matplotlib(form)
    if form == "mp4" and shutil.which("ffmpeg") is None:
        raise GrokError("An mp4 needs ffmpeg, which is not installed; install it, or pass --format gif or apng.")
