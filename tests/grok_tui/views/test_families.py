"""Every view of other architectures than the study's: it is drawn in each format, or says which part it needs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from engine import Explorer, open_run, report
from engine.errors import UnknownQuery
from engine.networks.parts import MissingPart
from grok_tui.cli.info import describe_run
from grok_tui.cli.open_explorer import DEMO
from grok_tui.cli.report_text import report_text
from grok_tui.export.render import render_answer
from grok_tui.queries.applicable_views import views_without_parts
from grok_tui.queries.provenance import provenance_lines, provenance_of
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.formats.text_and_data import to_text
from grok_tui.render.palette import DARK
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import view_for
from tests.grok_tui.views.families import FAMILIES


@cache
def _explorer(path: Path, name: str) -> Explorer:
    """The explorer of a run with the metrics of all its checkpoints."""
    explorer = Explorer(open_run(path, **FAMILIES[name][1]))
    if len(explorer.epochs) > 1:
        list(explorer.run_metrics(explorer.epochs[-1]).steps())
    return explorer


@pytest.mark.parametrize("name", ["prenorm_p59", "encoder_2_layers_p97", "mlp_sum_p23", "mlp_concat_p113"])
def test_every_view_is_drawn_or_says_what_it_needs(name, real) -> None:
    explorer = _explorer(real(FAMILIES[name][0]), name)
    selection = initial_selection(explorer)
    lacking = {view for views in views_without_parts(explorer.config).values() for view in views}
    for view in VIEWS.values():
        if view.name in lacking:
            with pytest.raises(MissingPart, match=rf"^{view.name} needs [^.;]+; this network is an? [^.]+\.$"):
                answer_view(view, explorer, selection)
            continue
        if view.over_epochs and len(explorer.epochs) == 1 and view.name != "losses":
            with pytest.raises(UnknownQuery, match="needs more than one checkpoint"):
                answer_view(view, explorer, selection)
            continue
        answer, provenance = answer_view(view, explorer, selection), provenance_of(explorer, selection, [view])
        drawn = {form: render_answer(view, answer, provenance, 78, 20, form) for form in ("text", "csv", "json")}
        assert view.title(answer) in drawn["text"]
        assert drawn["csv"].startswith(view.table(answer).columns[0].name), view.name
        assert json.loads(drawn["json"], parse_constant=pytest.fail)["provenance"]["config"]["p"] == explorer.config.p


@pytest.mark.parametrize(
    ("a", "b", "other_p"),
    [
        ("prenorm_p59", "encoder_2_layers_p97", True),
        ("encoder_2_layers_p97", "mlp_sum_p23", True),
        ("mlp_concat_p113", "demo", False),
    ],
)
def test_networks_of_two_architectures_are_compared(a, b, other_p, real) -> None:
    """Both sides or their difference; with another p the maps have none; what one of them lacks is a sentence."""
    explorer = _explorer(real(FAMILIES[a][0]), a)
    other = Explorer(open_run(DEMO)) if b == "demo" else _explorer(real(FAMILIES[b][0]), b)
    drawn: dict[str, str] = {}
    for view in VIEWS.values():
        for difference in (False, True):
            selection = replace(initial_selection(explorer), difference=difference)
            target = counterpart_of(explorer, selection, other)
            try:
                answer = answer_view(view, explorer, selection, target)
            except UnknownQuery:  # what A lacks alone: tested above
                continue
            shown = view_for(view, answer)
            drawn[f"{view.name} {difference}"] = " ".join(to_text(shown.draw(answer, 78, 20, DARK)).split())
            assert shown.table(answer).columns, view.name
    assert len(drawn) > 20
    different_p = f"No difference: run A has p = {explorer.config.p}, run B has p = {other.config.p}; both are shown."
    assert (different_p in drawn["neuron True"]) == (different_p in drawn["spectrum True"]) == other_p
    assert "No difference" not in drawn["interventions True"]
    lacking = {view for views in views_without_parts(other.config).values() for view in views}
    for name in lacking & {key.split()[0] for key in drawn}:
        assert f"{name} needs" in drawn[f"{name} False"]


def test_the_layer_on_show_of_several_is_named(real) -> None:
    run = open_run(real(FAMILIES["mlp_concat_p113"][0]), layer=0)
    explorer = Explorer(run)
    assert "layer        1 of 2, whose neurons the views show (--layer 0)" in describe_run(run)
    assert (
        "an MLP with 2 hidden layers, layer 1 of 2 (--layer 0), d_mlp 200"
        in provenance_lines(explorer.provenance(0, 0))[0]
    )
    assert "tail not linear" in " ".join(provenance_lines(explorer.provenance(0, 0)))
    assert "layer " not in describe_run(open_run(real(FAMILIES["mlp_sum_p23"][0])))


def test_a_pane_without_recorded_losses_says_so_whole(real) -> None:
    """The trainer of `prenorm_p59` recorded accuracies alone."""
    for name in ("prenorm_p59", "mlp_concat_p113"):
        explorer = _explorer(real(FAMILIES[name][0]), name)
        answer = answer_view(VIEWS["losses"], explorer, initial_selection(explorer))
        drawn = to_text(VIEWS["losses"].draw(answer, 39, 10, DARK))
        assert "no losses were recorded with these checkpoints" in " ".join(drawn.split())


def test_inferred_settings_have_their_values(real) -> None:
    explorer = _explorer(real(FAMILIES["prenorm_p59"][0]), "prenorm_p59")
    lines = provenance_lines(explorer.provenance(5_000, 5_000))
    assert "inferred prompt 'x y =', act_fn gelu, n_heads 4, norm pre, read_at last, operation add" in lines
    explorer = _explorer(real(FAMILIES["mlp_sum_p23"][0]), "mlp_sum_p23")
    lines = provenance_lines(explorer.provenance(50_000, 50_000))
    assert "inferred p 23, act_fn relu, axes [out, in], joined sum, operation add" in lines


@pytest.mark.parametrize(("name", "has_attention"), [("prenorm_p59", True), ("mlp_sum_p23", False)])
def test_the_report_has_the_parts_of_the_network(name, has_attention, real) -> None:
    explorer = _explorer(real(FAMILIES[name][0]), name)
    last = explorer.epochs[-1]
    text = report_text(report(explorer, last, last), "add")
    assert ("Attention: of the position that is read" in text) == has_attention
    assert "Gini" in text
