"""Figures of several epochs as one animation."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import GrokError
from grok_tui.export.figures.animation_formats import AnimationFormat

_LAST_SECONDS = 2.0  # the last frame stays at least so long


def encode_animation(frames: Iterable[bytes], form: AnimationFormat, fps: float, comment: str) -> bytes:
    """The file of an animation that repeats; the last of the frames, png files, stays for two seconds.

    Raises:
        GrokError: ffmpeg failed.
    """
    images = _equally_large([Image.open(BytesIO(frame)).convert("RGB") for frame in frames])
    durations = [round(1000 / fps)] * (len(images) - 1) + [round(1000 * max(1 / fps, _LAST_SECONDS))]
    if form == "mp4":
        return _mp4(images + [images[-1]] * round(_LAST_SECONDS * fps - 1), fps, comment)
    out = BytesIO()
    if form == "gif":
        # Without dithering the frames are smaller and sharper. Maximum coverage keeps the rare colours of scales.
        coverage = Image.Quantize.MAXCOVERAGE
        images = [image.quantize(256, coverage, dither=Image.Dither.NONE) for image in images]
        _save(images, out, "GIF", durations, comment=comment)
    else:
        information = PngInfo()
        information.add_itxt("Provenance", comment)
        _save(images, out, "PNG", durations, pnginfo=information)
    return out.getvalue()


def _save(images: Sequence[Image.Image], out: BytesIO, form: str, durations: list[int], **options: object) -> None:
    first, *others = images
    first.save(out, format=form, save_all=True, append_images=others, duration=durations, loop=0, **options)


def _equally_large(images: Sequence[Image.Image]) -> list[Image.Image]:
    """The images on backgrounds as large as the largest, in even numbers of pixels, as mp4 wants them."""
    width, height = (max(image.size[axis] for image in images) for axis in (0, 1))
    size = width + width % 2, height + height % 2
    placed = []
    for image in images:
        background = Image.new("RGB", size, image.getpixel((0, 0)))
        background.paste(image)
        placed.append(background)
    return placed


def _mp4(images: Sequence[Image.Image], fps: float, comment: str) -> bytes:
    with TemporaryDirectory(prefix="grok-tui-") as folder:
        path = Path(folder) / "animation.mp4"
        command = [
            *("ffmpeg", "-loglevel", "error", "-f", "image2pipe", "-c:v", "png", "-framerate", f"{fps:g}", "-i", "-"),
            *("-pix_fmt", "yuv420p", "-movflags", "+faststart", "-metadata", f"comment={comment}", str(path)),
        ]
        stream = BytesIO()
        for image in images:
            image.save(stream, format="PNG")
        done = subprocess.run(command, input=stream.getvalue(), capture_output=True, check=False)
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise GrokError(f"ffmpeg failed: {last or done.returncode}; pass --format gif or apng.")
        return path.read_bytes()
