"""What a click selects in a view: what stands there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine.metrics.ablation_spec import Ablation
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import DARK, MONO
from grok_tui.render.readout import Readout, readout_at, selectable_rows
from grok_tui.render.target import Target, cluster_target
from grok_tui.session.ablation_selection import cluster_name
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

SIZE = (100, 40)


def drawn(explorer, name: str, palette=DARK, size=SIZE, **fields) -> Drawing:
    selection = replace(initial_selection(explorer), **fields)
    view = VIEWS[name]
    return view.draw(view.query(explorer, selection), *size, palette)


def readouts(drawing: Drawing) -> list[Readout]:
    cells = ((x, y) for y in range(drawing.height) for x in range(drawing.width))
    return [found for cell in cells if (found := readout_at(drawing.areas, *cell)) is not None]


def lines_of(drawing: Drawing) -> list[tuple[str, Target]]:
    """The text of every line whose row can be selected, with what it selects."""
    lines = drawing.plain().split("\n")
    return [(lines[row], target) for (_, row), target in selectable_rows(drawing.areas)]


def test_the_words_of_a_target() -> None:
    assert Target(x=3, y=5).text == "the pair 3, 5"
    assert Target(x=3).text == "token 3"
    assert Target(epoch=9000).text == "epoch 9,000"
    assert cluster_target(None).text == "the rest"
    assert cluster_target(14).text == "cluster 14"
    assert Target(neuron=7, head=1).text == "neuron 7, head 1"


@pytest.mark.parametrize("size", [(100, 40), (34, 8), (34, 4)])
def test_a_row_of_the_clusters_selects_its_cluster(explorer, size) -> None:
    lines = lines_of(drawn(explorer, "clusters", size=size, ablation=Ablation(frozenset({2, None}))))
    assert len(lines) == (4 if size[1] > 5 else 2)
    for text, target in lines:
        name = text.removeprefix("▸").split()[0]
        assert target == cluster_target(None if name == "rest" else int(name))


@pytest.mark.parametrize("size", [(110, 30), (50, 30), (30, 30)])
def test_a_row_without_a_cluster_selects_that_cluster(explorer, size) -> None:
    drawing = drawn(explorer, "interventions", size=size)
    lines = lines_of(drawing)
    assert len(lines) == 4
    for text, target in lines:
        name = re.search(r"(?:without|no) (?:cluster |the )?(\d+|rest)", text)
        assert name is not None
        assert target == cluster_target(None if name[1] == "rest" else int(name[1]))
    if size[0] == 110:  # the bar belongs to its row
        row = next(row for (_, row), _ in selectable_rows(drawing.areas))
        assert readout_at(drawing.areas, size[0] - 1, row) == readout_at(drawing.areas, 0, row)


def test_a_part_of_the_ablation_selects_its_cluster_or_head(explorer) -> None:
    lines = {text[2:14].strip(): target for text, target in lines_of(drawn(explorer, "ablation"))}
    clusters = explorer.clusters(40, 40)
    assert lines == {
        **{cluster_name(cluster.frequency): cluster_target(cluster.frequency) for cluster in clusters},
        **{f"head {head}": Target(head=head) for head in range(explorer.config.n_heads)},
    }


@pytest.mark.parametrize("size", [(100, 40), (100, 14), (40, 10)])
def test_a_row_of_the_attention_selects_its_head(explorer, size) -> None:
    lines = lines_of(drawn(explorer, "attention", size=size))
    heads = range(explorer.config.n_heads)
    assert [target for _, target in lines] == [Target(head=head) for head in heads]
    assert all(re.search(rf"\b{head}\b", text) for (text, _), head in zip(lines, heads, strict=True))


@pytest.mark.parametrize("name", ["spectrum", "mean-spectrum", "embedding-spectrum", "attention-spectrum"])
def test_a_bar_of_a_key_frequency_selects_its_cluster(explorer, name) -> None:
    keys = explorer.keys(40)
    targets = {}
    for readout in readouts(drawn(explorer, name)):
        if bar := re.match(r"(?:frequency k |k |(?:cos|sin) )(\d+)\S* ?.*: ", readout.text):
            targets[int(bar[1])] = readout.target
    assert targets == {k: cluster_target(k) if k in keys else None for k in range(1, explorer.config.p // 2 + 1)}
    assert keys


@pytest.mark.parametrize("name", ["frequencies", "quadratic", "neuron-phases"])
@pytest.mark.parametrize("palette", [DARK, MONO], ids=["dark", "mono"])
def test_a_point_selects_its_neuron(explorer, name, palette) -> None:
    found = readouts(drawn(explorer, name, palette))
    points = [readout for readout in found if readout.text.startswith("neuron ")]
    assert points
    assert all(r.target == Target(neuron=int(re.findall(r"\d+", r.text)[0])) for r in points)


@pytest.mark.parametrize("name", ["losses", "progress", "trig-fraction", "history", "weights", "phases", "emergence"])
def test_a_column_of_a_chart_over_epochs_selects_its_epoch(measured, name) -> None:
    for palette in (DARK, MONO):
        areas = drawn(measured, name, palette).areas
        charts = [area for area in areas if area.read_epoch is not None]
        assert charts
        for area in charts:
            epochs = [r.target.epoch for x in range(area.width) if (r := area.read(x, 0)) and r.target]
            assert epochs
            assert epochs == sorted(epochs)
            assert {epochs[0], epochs[-1]} == {measured.epochs[0], measured.epochs[-1]}


def test_a_row_of_the_phases_selects_the_end_of_its_phase(measured) -> None:
    for text, target in lines_of(drawn(measured, "phases")):
        assert f"{target.epoch:,}" in text
