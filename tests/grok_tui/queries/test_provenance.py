"""Provenance as data and as lines of text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.metrics.ablation_spec import Ablation
from grok_tui.queries.provenance import provenance_lines, provenance_of, split_source_text, split_text
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS


def test_a_view_s_provenance_names_what_it_depends_on(explorer) -> None:
    selection = replace(initial_selection(explorer), neuron=3, head=1, dimension=2, x=4, y=5)
    for names, selected in (
        (["losses"], {}),
        (["neuron"], {"neuron": 3}),
        (["qk", "unembedding"], {"head": 1, "dimension": 2}),
        (["pair"], {"pair": [4, 5]}),
    ):
        provenance = provenance_of(explorer, selection, [VIEWS[name] for name in names])
        assert provenance["selected"].items() >= selected.items()
        assert provenance["against"] is None
        assert provenance["epoch"] == 40


def test_only_views_of_the_ablated_network_record_the_ablation(explorer) -> None:
    selection = replace(initial_selection(explorer), ablation=Ablation(heads=frozenset({0})))
    of = {name: provenance_of(explorer, selection, [VIEWS[name]]) for name in ("ablation", "losses")}
    assert of["losses"]["ablation"] is None
    assert of["ablation"]["ablation"]["without_heads"] == [0]
    assert provenance_lines(of["ablation"])[-1] == "ablation · ablated: head 0 (zero ablation)"
    assert len(provenance_lines(of["losses"])) == 2


def test_a_comparison_with_an_epoch_of_the_run_takes_one_line(explorer) -> None:
    selection = replace(initial_selection(explorer), pinned_epoch=10)
    target = counterpart_of(explorer, selection, None)
    lines = provenance_lines(provenance_of(explorer, selection, [VIEWS["clusters"]], target))
    assert len(lines) == 3
    assert lines[0].startswith("tiny at epoch 40 · x + y, p = 7, prompt 'x y =', d_model 8, 2 heads, d_mlp 12, relu")
    assert lines[1].startswith(
        "key frequencies 1, 2, 3 of epoch 40 · split recorded (seed 0), 24 train pairs · float32"
    )
    assert lines[2] == "against its epoch 10"


@pytest.mark.parametrize(
    ("source", "seed", "text"),
    [
        ("file", None, "recorded"),
        ("option", 1, "explicit (seed 1)"),
        ("random.seed", 0, "inferred as random.seed (seed 0)"),
        ("torch.randperm", 2, "inferred as torch.randperm (seed 2)"),
    ],
)
def test_the_source_of_a_split_is_named(source, seed, text) -> None:
    split = {"source": source, "seed": seed, "n_train": 3830}
    assert split_source_text(split) == text
    assert split_text(split) == f"{text}, 3,830 train pairs"
    assert split_text(None) == "unknown"
