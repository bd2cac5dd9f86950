from engine.metrics.ablation_spec import Ablation
from grok_tui.session.ablation_selection import (
    PRESETS,
    WHOLE,
    ablation_json,
    ablation_text,
    next_preset,
    toggle_cluster,
    toggle_direct,
    toggle_fill,
    toggle_head,
    whole,
)


def test_parts_go_out_and_come_back() -> None:
    for toggle in (lambda out: toggle_cluster(out, None), lambda out: toggle_head(out, 2), toggle_direct, toggle_fill):
        assert toggle(WHOLE) != WHOLE
        assert toggle(toggle(WHOLE)) == WHOLE


def test_parts_are_out_together() -> None:
    out = toggle_direct(toggle_head(toggle_cluster(toggle_cluster(WHOLE, 5), None), 1))
    assert out == Ablation(frozenset({5, None}), frozenset({1}), direct=True)
    assert toggle_cluster(out, 5).clusters == {None}


def test_presets_go_round() -> None:
    out, seen = WHOLE, []
    for _ in range(len(PRESETS) + 1):
        out = next_preset(out)
        seen.append(out.preset)
    assert seen == [*PRESETS, None]


def test_the_whole_model_comes_back_and_the_setting_stays() -> None:
    out = Ablation(frozenset({5}), direct=True, preset="sum-directions", fill="mean")
    assert not out.nothing
    assert whole(out) == Ablation(fill="mean")
    assert whole(out).nothing


def test_what_is_out_in_words_and_for_programs() -> None:
    assert ablation_json(Ablation(fill="mean")) is None
    assert ablation_text(None) == "the whole model"
    told = ablation_json(Ablation(frozenset({None, 35, 14}), frozenset({0}), direct=True, preset="key-frequencies"))
    assert told == {
        "without_clusters": [14, 35, "rest"],
        "without_heads": [0],
        "without_direct": True,
        "preset": "key-frequencies",
        "fill": "zero",
    }
    words = "out: cluster 14, cluster 35, rest, head 0, direct path (zero in place) · preset key-frequencies"
    assert ablation_text(told) == words
    assert ablation_text(ablation_json(Ablation(preset="sum-directions"))) == "preset sum-directions"


def test_the_engine_is_told_the_same() -> None:
    out = Ablation(frozenset({None}), frozenset({1}), direct=True, preset="sum-directions", fill="mean")
    assert vars(out) == vars(out)
