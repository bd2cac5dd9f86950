"""`grok-tui show` and `runs --view` as png, pdf and svg."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

_CAPTION = re.compile(r"<t(ext|span)[^>]*>\s*tiny at epoch 40")
needs_matplotlib = pytest.mark.usefixtures("_has_matplotlib")


@pytest.fixture
def _has_matplotlib() -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")


@needs_matplotlib
@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")])
def test_the_ending_of_the_file_is_the_format(tiny_run, tmp_path, run, name, start) -> None:
    assert run("show", "neuron", tiny_run, "--output", tmp_path / name).status == 0
    assert (tmp_path / name).read_bytes().startswith(start)


@needs_matplotlib
def test_a_figure_is_light_unless_the_option_says_dark(tiny_run, run) -> None:
    light, dark = (
        run("show", "losses", tiny_run, "--format", "svg", *theme).out for theme in ((), ("--theme", "dark"))
    )
    assert "#ffffff" in light
    assert "#11151a" in dark


@needs_matplotlib
def test_options_set_the_width_and_leave_the_caption_out(tiny_run, run) -> None:
    figure = ("show", "losses", tiny_run, "--format", "svg")
    assert 'width="453.54' in run(*figure).out  # 16 cm in points
    narrow = run(*figure, "--width-cm", 8.6, "--font-size", 6, "--no-caption").out
    assert 'width="243.77' in narrow
    assert _CAPTION.search(run(*figure).out)
    assert not _CAPTION.search(narrow)
    assert "tiny at epoch 40" in narrow  # in the metadata


@needs_matplotlib
def test_two_epochs_and_two_runs_are_in_one_figure(tiny_run, subtracting_run, run) -> None:
    halves = run("show", "neuron", tiny_run, "--against", 10, "--format", "svg").out
    assert "epoch 40" in halves
    assert "epoch 10" in halves
    both = run("show", "losses", tiny_run, "--against-run", subtracting_run, "--format", "svg").out
    assert all(f">{name}</text>" in both for name in ("train A", "train B", "test A", "test B"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "csv", "--width-cm", "8"], "--width-cm, --font-size and --no-caption are of png"),
        (["--format", "pdf", "--width-cm", "900"], "--width-cm is between 4 and 60; found 900."),
        (["--format", "svg", "--font-size", "1"], "--font-size is between 4 and 30; found 1."),
    ],
)
def test_a_mistake_is_a_sentence(tiny_run, run, options, words) -> None:
    status, out, err = run("show", "losses", tiny_run, *options)
    assert (status, out) == (2, "")
    assert words in err


def test_a_png_is_not_printed_on_a_terminal(tiny_run, run, monkeypatch) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    status, _, err = run("show", "losses", tiny_run, "--format", "png")
    assert (status, err) == (2, "A png is not text for a terminal; pass --output FILE.png.\n")


def test_without_matplotlib_a_figure_is_refused_before_anything_is_computed(tiny_run, run, monkeypatch) -> None:
    monkeypatch.setattr("grok_tui.export.figures.options.find_spec", lambda name: None)
    status, out, err = run("show", "losses", tiny_run, "--format", "pdf")
    assert (status, out) == (1, "")
    assert "pip install 'grok-tui[figures]'" in err
    assert len(err.splitlines()) == 1
    assert run("show", "losses", tiny_run, "--format", "svg-screen").out.startswith("<svg")


def test_the_explorer_and_text_output_import_no_matplotlib(tiny_run) -> None:
    program = (
        "import sys, grok_tui.app.run_screen, grok_tui.export.exports; from grok_tui.cli.main import main; "
        "assert main(['show', 'clusters', sys.argv[1]]) == 0; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(tiny_run)], check=True, capture_output=True)


@needs_matplotlib
@pytest.mark.parametrize(("name", "start"), [("a.gif", b"GIF89a"), ("a.apng", b"\x89PNG")])
def test_over_epochs_a_view_is_an_animation(tiny_run, tmp_path, run, name, start) -> None:
    from PIL import Image

    options = ("--over-epochs", "--epochs", "10:", "--fps", "2", "--output", tmp_path / name)
    assert run("show", "neuron", tiny_run, "--neuron", 3, *options).status == 0
    assert (tmp_path / name).read_bytes().startswith(start)
    with Image.open(tmp_path / name) as made:
        assert made.n_frames == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "gif"), "pass --over-epochs as well"),
        (("--format", "csv", "--over-epochs"), "pass --format gif, apng or mp4"),
        (("--format", "gif", "--over-epochs", "--fps", "0"), "--fps is between 0.2 and 50; found 0."),
    ],
)
def test_an_animation_needs_both_options(tiny_run, run, options, words) -> None:
    status, out, err = run("show", "losses", tiny_run, *options)
    assert (status, out, words in err) == (2, "", True)
