"""Animations: the frames, how long each stays, and what is refused."""

from __future__ import annotations

import shutil
from io import BytesIO

import pytest

Image = pytest.importorskip("PIL.Image", reason="figures need matplotlib: pip install 'grok-tui[figures]'")

from grok_tui.export.figures.animation import encode_animation  # noqa: E402


def png(width: int, height: int, colour: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


FRAMES = [png(30, 20, "red"), png(31, 18, "blue"), png(30, 20, "green")]


@pytest.mark.parametrize("form", ["gif", "apng"])
def test_each_frame_is_there_on_one_size_and_the_last_stays(form) -> None:
    made = Image.open(BytesIO(encode_animation(FRAMES, form, 4.0, "provenance")))
    assert (made.size, made.n_frames) == ((32, 20), 3)
    seen = []
    for number in range(3):
        made.seek(number)
        seen.append((made.convert("RGB").getpixel((5, 5)), made.info["duration"]))
    assert seen == [((255, 0, 0), 250), ((0, 0, 255), 250), ((0, 128, 0), 2000)]
    assert made.info["loop"] == 0


def test_the_rare_colours_of_a_scale_stay_in_a_gif() -> None:
    frame = Image.linear_gradient("L").resize((400, 400)).convert("RGB")  # many greys
    scale = [(255, level, 128) for level in range(0, 256, 4)]  # few pixels of other colours
    for row, colour in enumerate(scale):
        frame.putpixel((7, row), colour)
    out = BytesIO()
    frame.save(out, "PNG")
    shown = Image.open(BytesIO(encode_animation([out.getvalue()], "gif", 4.0, ""))).convert("RGB")
    for row, colour in enumerate(scale):
        assert shown.getpixel((7, row)) == pytest.approx(colour, abs=8)


def test_the_provenance_is_in_the_file() -> None:
    assert Image.open(BytesIO(encode_animation(FRAMES, "gif", 4.0, "{}"))).info["comment"] == b"{}"
    assert Image.open(BytesIO(encode_animation(FRAMES, "apng", 4.0, "{}"))).text == {"Provenance": "{}"}


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed (apt-get install ffmpeg)")
def test_an_mp4_is_made_by_ffmpeg() -> None:
    content = encode_animation(FRAMES, "mp4", 4.0, "{}")
    assert content[4:8] == b"ftyp"
    assert b"moov" in content
