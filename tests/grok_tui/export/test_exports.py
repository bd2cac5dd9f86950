"""Snapshots of panes and of the screen: file names and contents."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine import Explorer
from engine.metrics.ablation_spec import Ablation
from grok_tui.export.exports import PaneExport, PlacedPane, ScreenExport
from grok_tui.export.pane import PaneContent
from grok_tui.queries.provenance import provenance_lines, provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS


def pane_of(explorer: Explorer, name: str, ablation: Ablation | None = None) -> PaneContent:
    selection = replace(initial_selection(explorer), neuron=5, head=1, x=3, y=4, ablation=ablation or Ablation())
    view = VIEWS[name]
    answer = answer_view(view, explorer, selection)
    return PaneContent(view, answer, provenance=provenance_of(explorer, selection, [view]))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("clusters", "tiny-clusters-epoch-000040"),
        ("neuron", "tiny-neuron-5-epoch-000040"),
        ("spectrum", "tiny-spectrum-neuron-5-epoch-000040"),
        ("attention-map", "tiny-attention-map-head-1-epoch-000040"),
        ("pair", "tiny-pair-3-4-epoch-000040"),
    ],
)
def test_a_file_is_named_for_what_it_shows(explorer, name, stem) -> None:
    assert PaneExport(pane_of(explorer, name), 60, 12).stem == stem


def test_a_pane_in_every_format(explorer) -> None:
    export = PaneExport(pane_of(explorer, "clusters"), 60, 12)
    for ending in export.endings:
        assert export.content(ending).strip()
    assert json.loads(export.content("json"))["view"] == "clusters"
    assert export.content("csv").startswith("frequency,neurons,")


def test_a_screen_has_its_panes_and_one_provenance(explorer) -> None:
    ablation = Ablation(heads=frozenset({0}))
    panes = [pane_of(explorer, "interventions"), pane_of(explorer, "ablation", ablation)]
    failed = PaneContent(VIEWS["qk"], failure="no QK circuit")
    rows = [[PlacedPane(pane, 40, 12, focused=False) for pane in panes], [PlacedPane(failed, 82, 5, focused=True)]]
    export = ScreenExport("interventions", rows)
    assert export.stem == "tiny-interventions-epoch-000040"
    text = export.content("txt")
    assert text.splitlines()[:3] == provenance_lines(panes[1].provenance)  # the pane with the ablation
    assert "no QK circuit" in text
    contents = json.loads(export.content("json"))
    assert [content["view"] for content in contents] == ["interventions", "ablation", "qk"]
    assert contents[-1]["error"] == "no QK circuit"


def test_a_screen_without_answers_has_no_provenance() -> None:
    rows = [[PlacedPane(PaneContent(VIEWS["losses"]), 40, 6, focused=False)]]
    export = ScreenExport("overview", rows)
    assert export.stem == "run-overview"
    assert json.loads(export.content("json")) == [
        {"view": "losses", "error": "The provenance of this view is unknown."}
    ]
