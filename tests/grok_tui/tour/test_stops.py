"""Files of stops: a teacher's own, and those with a mistake."""

from __future__ import annotations

import re

import pytest

from engine.errors import GrokError
from grok_tui.tour.stops import Sentence, load_tour

STOP = '[[stop]]\ntitle = "One"\nview = "losses"\nsentences = ["At epoch {epoch}."]\nkey = "epoch.next"\n'


@pytest.fixture
def load(tmp_path):
    def load(text: str):
        path = tmp_path / "lesson.toml"
        path.write_text(text, encoding="utf-8")
        return load_tour(path)

    return load


def test_a_tour_of_ones_own(load) -> None:
    tour = load(f'title = "Mine"\n{STOP}epoch = 300\ncluster = 14\nneuron = "strongest"\n')
    (stop,) = tour.stops
    assert (tour.title, stop.view, stop.epoch, stop.cluster, stop.neuron) == ("Mine", "losses", 300, 14, "strongest")
    assert stop.sentences == (Sentence("At epoch {epoch}."),)


def test_the_tour_of_the_study_has_the_stops_of_the_study() -> None:
    assert 12 <= len(load_tour().stops) <= 15
    assert all(len(stop.sentences) == 3 for stop in load_tour().stops)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('title = "Mine', "is not valid TOML: "),
        ('title = "Mine"', "a tour has at least one [[stop]]."),
        (STOP, "title is a text, and is missing."),
        (f'title = "Mine"\nstops = 3\n{STOP}', "field 'stops' is unknown; did you mean 'stop'?"),
        (
            f'title = "M"\n{STOP.replace("losses", "loses")}',
            "stop 1 (One): view 'loses' is unknown; did you",
        ),
        (f'title = "M"\n{STOP}{STOP}veiw = "x"\n', "stop 2 (One): field 'veiw' is unknown; did you mean 'view'?"),
        (f'title = "M"\n{STOP.replace("{epoch}", "{epok}")}', "placeholder 'epok' is unknown; did you mean 'epoch'?"),
        (
            f'title = "M"\n{STOP.replace("{epoch}", "{loss@grocked}")}',
            "epoch 'grocked' is unknown; did you",
        ),
        (f'title = "M"\n{STOP.replace("{epoch}", "{epoch")}', "a brace has no partner in 'At epoch {epoch.'."),
        (
            f'title = "M"\n{STOP.replace("epoch.next", "epoch.nxt")}',
            "key 'epoch.nxt' is unknown; did you",
        ),
        (f'title = "M"\n{STOP}epoch = "later"\n', "epoch 'later' is unknown;"),
        (f'title = "M"\n{STOP}epoch = true\n', "epoch True is unknown;"),
        (f'title = "M"\n{STOP}cluster = "weak"\n', "cluster is 'strongest' or a number; found 'weak'."),
        (f'title = "M"\n{STOP}needs = ["groked"]\n', "needs 'groked' is unknown; did you mean 'grokked'?"),
        (f'title = "M"\n{STOP}needs = "grokked"\n', "needs is a list, such as ['grokked']."),
        (f'title = "M"\n{STOP}order = "odd"\n', "order 'odd' is unknown;"),
        (
            f'title = "M"\n{STOP.replace("[", "", 0)}'.replace('["At epoch {epoch}."]', "[]"),
            "sentences is a list of at least one",
        ),
        (f'title = "M"\n{STOP}'.replace('"At epoch {epoch}."', "3"), "a sentence is a text, or a table with"),
        (
            f'title = "M"\n{STOP}'.replace('"At epoch {epoch}."', '{ text = "a", when = "p" }'),
            "when: 'p' is not a comparison, such as test_loss > 0.5.",
        ),
        (
            f'title = "M"\n{STOP}'.replace('"At epoch {epoch}."', '{ text = "a", when = "q > 3" }'),
            "placeholder 'q' is unknown;",
        ),
        (f'title = "M"\n{STOP}'.replace('"At epoch {epoch}."', '{ txt = "a" }'), "field 'txt' is unknown;"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(load, text, sentence) -> None:
    with pytest.raises(GrokError, match=re.escape(sentence)) as caught:
        load(text)
    assert "lesson.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_does_not_exist(tmp_path) -> None:
    with pytest.raises(GrokError, match=r"none\.toml: No such file or directory; --tour takes a TOML file\."):
        load_tour(tmp_path / "none.toml")
