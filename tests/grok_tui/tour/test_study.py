"""The tour of the study: each number in each sentence is the engine's, on runs of several kinds."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine import Explorer, open_run
from grok_tui.cli.open_explorer import DEMO
from grok_tui.session.keymap import key_label
from grok_tui.session.selection import Selection, initial_selection
from grok_tui.tour.resolve import ResolvedStop, resolve
from grok_tui.tour.stops import STUDY, load_tour
from tests.grok_tui.tour.oracle import Oracle
from tests.grok_tui.views.other_runs import other_explorer
from tests.losses_only import write_losses_only

TITLES = [stop.title for stop in load_tour().stops]


def label(action_id: str) -> str:
    return key_label(action_id, {})


def walked(explorer: Explorer) -> list[ResolvedStop]:
    """All stops on a run, after its metrics are computed."""
    selection = initial_selection(explorer)
    if explorer.run.has_weights:
        for _ in explorer.run_metrics(selection.reference_epoch).steps():
            pass
    return [resolve(stop, explorer, selection, label) for stop in load_tour().stops]


def checked(explorer: Explorer, stops: Sequence[ResolvedStop]) -> list[str]:
    """The titles of the stops that have all their sentences, after their numbers were compared with the engine's."""
    written = tomllib.loads(STUDY.read_text(encoding="utf-8"))["stop"]
    start: Selection = initial_selection(explorer)
    complete = []
    for resolved, content in zip(stops, written, strict=True):
        if not resolved.complete:
            continue
        oracle = Oracle(explorer, replace(start, **resolved.selected))
        conditions = [one.get("when") if isinstance(one, dict) else None for one in content["sentences"]]
        expected = [
            oracle.filled(sentence, when, label)
            for sentence, when in zip(resolved.stop.sentences, conditions, strict=True)
        ]
        assert resolved.sentences == tuple(filter(None, expected))
        complete.append(resolved.stop.title)
    return complete


@pytest.fixture(scope="module")
def bundled() -> Explorer:
    return Explorer(open_run(DEMO))


@pytest.fixture(scope="module")
def bundled_stops(bundled) -> list[ResolvedStop]:
    return walked(bundled)


def test_every_number_on_the_bundled_run_is_the_engines(bundled, bundled_stops) -> None:
    assert checked(bundled, bundled_stops) == TITLES
    assert all(len(resolved.sentences) == 3 for resolved in bundled_stops)


def test_the_stops_select_what_they_name(bundled, bundled_stops) -> None:
    selected = {resolved.stop.title: resolved.selected for resolved in bundled_stops}
    assert [one["epoch"] for one in selected.values()] == [
        *(40_000, 1_400, *[40_000] * 7, 5_500, 9_400, 9_400, 13_600, 40_000)
    ]
    neuron = selected["Periodic neurons"]["neuron"]
    (cluster,) = (one for one in bundled.clusters(40_000, 40_000) if one.frequency == 42)
    energy = bundled.summary(40_000).spectra.block_energy[41]
    assert neuron in cluster.neurons
    assert energy[neuron] == energy[cluster.neurons].max()
    assert selected["Periodic neurons"]["order"] == "unwrapped"


def test_on_a_run_of_p_59_what_needs_a_split_or_epochs_says_so(real) -> None:
    explorer = Explorer(open_run(real("no_equals_prompt_p59.pt")))
    stops = walked(explorer)
    assert checked(explorer, stops) == [
        *TITLES[2:9],
        "What to try next",
    ]
    said = {resolved.stop.title: " ".join(resolved.sentences) for resolved in stops}
    assert said["The task"].startswith("The network learns x + y mod 59, and there are 3,481 pairs x, y.")
    assert said["The task"].count("The training pairs of this run are not known") == 1
    assert "k = 12" in said["Periodic neurons"]
    assert said["Phases"] == "This run has one checkpoint, and `phases` shows several epochs."


def test_on_a_run_that_has_not_grokked_no_stop_claims_it(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run))
    stops = walked(explorer)
    checked(explorer, stops)
    said = {resolved.stop.title: " ".join(resolved.sentences) for resolved in stops}
    assert "It has not grokked" in said["The task"]
    for title in ("The excluded loss", "The embedding's history", "Phases", "Cleanup"):
        assert said[title].startswith("This run has not grokked: at its last epoch, 40,")
    (incomplete,) = (resolved for resolved in stops if resolved.stop.title == "Cleanup")
    assert incomplete.key == "tour.next"


def test_without_key_frequencies_stops_about_clusters_say_so(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[])
    said = {resolved.stop.title: resolved.sentences for resolved in walked(explorer)}
    for title in TITLES[2:9]:
        assert said[title] == (
            "At epoch 40 too few neurons are tuned to the same frequency, so there is no key frequency and no cluster.",
        )


def test_an_mlp_has_no_unembedding(real) -> None:
    said = {one.stop.title: one for one in walked(Explorer(open_run(real("families/mlp_sum_p23"))))}
    assert said["The unembedding"].sentences == ("unembedding needs W_U; this network is an MLP.",)
    assert said["Clusters"].complete


def test_a_run_that_multiplies_has_its_own_signs(multiplying_run) -> None:
    said = {one.stop.title: " ".join(one.sentences) for one in walked(Explorer(open_run(multiplying_run), keys=[1, 2]))}
    assert "x · y mod 7" in said["The task"]
    assert "cos k(x·y) = cos kx cos ky - sin kx sin ky" in said["Sums of angles"]


def test_an_operation_without_sum_directions_says_so(tmp_path) -> None:
    explorer = other_explorer("x y", "x^2+y^2")
    said = {one.stop.title: one.sentences for one in walked(explorer)}
    assert said["The algorithm"] == ("This needs sum directions, and x^2+y^2 mod 8 has no sum directions.",)


def test_losses_alone_say_that_they_have_no_weights(tmp_path) -> None:
    explorer = Explorer(open_run(write_losses_only(tmp_path / "losses")))
    for resolved in walked(explorer):
        assert resolved.sentences == ("losses has recorded losses but no checkpoints, and this needs weights.",)


def test_no_text_has_an_empty_field(bundled_stops) -> None:
    for resolved in bundled_stops:
        for text in (*resolved.sentences, resolved.hint):
            assert not set("{}") & set(text)
            assert "nan" not in text.lower().split()


def test_the_comments_of_the_file_list_all_placeholders() -> None:
    from grok_tui.tour.placeholders import PLACEHOLDERS

    text = Path(STUDY).read_text(encoding="utf-8")
    (listed,) = (part for part in text.split("# Placeholders:")[1:])
    assert set(listed.split("title =")[0].replace("#", " ").split()) == set(PLACEHOLDERS)
