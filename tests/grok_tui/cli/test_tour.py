"""`grok-tui tour`: the texts without a terminal, where a tour begins, and mistakes in a file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_tui.cli.commands import TOUR_FILE
from grok_tui.cli.main import main
from grok_tui.cli.options import DEFAULT_ENGINE_OPTIONS, DEFAULT_RUN_OPTIONS
from grok_tui.cli.run_opener import RunOpener, TourRequest
from grok_tui.session.saved_session import Layout, save_session
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings
from grok_tui.session.tour_position import NO_TOUR, TourPosition
from grok_tui.tour.stops import STUDY, load_tour


def test_without_a_terminal_the_texts_are_printed(tiny_run, capsys) -> None:
    assert main(["tour", str(tiny_run)]) == 0
    out = capsys.readouterr().out
    for number, stop in enumerate(load_tour().stops, start=1):
        assert f"\n{number}. {stop.title} (view {stop.view}, epoch " in out
    assert "This run has not grokked: at its last epoch, 40," in out


def test_a_mistake_in_the_file_is_one_sentence(tiny_run, tmp_path, capsys) -> None:
    file = tmp_path / "lesson.toml"
    file.write_text('title = "x"\n[[stop]]\ntitle = "y"\nview = "losess"\n')
    assert main(["tour", str(tiny_run), "--tour", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{file}: stop 1 (y): " in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (TourRequest(), TourPosition(None, 4, on=True)),
        (TourRequest(restart=True), TourPosition(None, 0, on=True)),
        (TourRequest("other.toml"), TourPosition("other.toml", 0, on=True)),
        (None, TourPosition(None, 4)),
    ],
)
def test_it_begins_where_it_was_left(explorer, request_, expected) -> None:
    save_session(explorer, initial_selection(explorer), Layout(), TourPosition(None, 4, on=True))
    opener = RunOpener(explorer.run.path, DEFAULT_RUN_OPTIONS, DEFAULT_ENGINE_OPTIONS, Settings(), tour=request_)
    assert opener(resume=False, on_fetch=lambda progress: None).tour == expected


def test_a_run_that_was_never_opened_begins_at_the_first_stop(explorer) -> None:
    opener = RunOpener(explorer.run.path, DEFAULT_RUN_OPTIONS, DEFAULT_ENGINE_OPTIONS, Settings())
    assert opener(resume=False, on_fetch=lambda progress: None).tour == NO_TOUR
    started = replace(opener, tour=TourRequest())
    assert started(resume=False, on_fetch=lambda progress: None).tour == TourPosition(on=True)


def test_the_help_names_the_file_of_the_study(capsys) -> None:
    assert TOUR_FILE == STUDY
    assert main(["tour", "--help"]) == 0
    assert "study.toml" in capsys.readouterr().out
