"""Changes of an ablation, its description and its record in provenance."""

from __future__ import annotations

from engine.metrics.ablation_spec import Ablation
from grok_tui.session.ablation_selection import (
    NO_ABLATION,
    PRESETS,
    ablated_texts,
    ablation_json,
    ablation_text,
    next_preset,
    restore_all,
    toggle_cluster,
    toggle_direct,
    toggle_fill,
    toggle_head,
)


def test_toggling_twice_restores() -> None:
    for toggle in (lambda a: toggle_cluster(a, None), lambda a: toggle_head(a, 2), toggle_direct, toggle_fill):
        assert toggle(NO_ABLATION) != NO_ABLATION
        assert toggle(toggle(NO_ABLATION)) == NO_ABLATION


def test_parts_are_ablated_together() -> None:
    ablation = toggle_direct(toggle_head(toggle_cluster(toggle_cluster(NO_ABLATION, 5), None), 1))
    assert ablation == Ablation(frozenset({5, None}), frozenset({1}), direct=True)
    assert toggle_cluster(ablation, 5).clusters == {None}


def test_presets_cycle() -> None:
    ablation, seen = NO_ABLATION, []
    for _ in range(len(PRESETS) + 1):
        ablation = next_preset(ablation)
        seen.append(ablation.preset)
    assert seen == [*PRESETS, None]


def test_restore_all_keeps_the_fill() -> None:
    ablation = Ablation(frozenset({5}), direct=True, preset="sum-directions", fill="mean")
    assert not ablation.nothing
    assert restore_all(ablation) == Ablation(fill="mean")
    assert restore_all(ablation).nothing


def test_ablation_as_json_and_as_text() -> None:
    assert ablation_json(Ablation(fill="mean")) is None
    assert ablation_text(None) == "nothing ablated"
    recorded = ablation_json(Ablation(frozenset({None, 35, 14}), frozenset({0}), direct=True, preset="key-frequencies"))
    assert recorded == {
        "without_clusters": [14, 35, "rest"],
        "without_heads": [0],
        "without_direct": True,
        "preset": "key-frequencies",
        "fill": "zero",
    }
    text = "ablated: cluster 14, cluster 35, rest, head 0, direct path (zero ablation) · preset key-frequencies"
    assert ablation_text(recorded) == text
    assert ablation_text(ablation_json(Ablation(preset="sum-directions"))) == "preset sum-directions"
    mean = ablation_json(Ablation(frozenset({52}), frozenset({0}), fill="mean"))
    assert ablation_text(mean) == "ablated: cluster 52, head 0 (mean ablation)"


def test_the_ablated_parts_from_the_longest_text_to_the_shortest() -> None:
    ablation = Ablation(clusters=frozenset({52, None}), heads=frozenset({1}), direct=True, preset="key-frequencies")
    assert ablated_texts(ablation) == (
        "ablated: cluster 52, rest, head 1, direct path, preset key-frequencies",
        "ablated: cluster 52, rest, head 1, direct path, …",
        "ablated: cluster 52, rest, head 1, …",
        "ablated: cluster 52, rest, …",
        "ablated: cluster 52, …",
        "ablated: …",
    )
    assert ablated_texts(Ablation()) == ()
