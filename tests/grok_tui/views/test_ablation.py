"""The ablation bench on the screen and on the command line, and the marks in the clusters' table."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
import torch

from engine import Explorer, open_run
from grok_tui.cli.main import main
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.ablation_selection import PRESETS, WHOLE, Ablation
from grok_tui.session.selection import initial_selection
from grok_tui.views import ablation as ablation_view
from grok_tui.views import clusters
from tests.engine.networks.plain_model import plain_forward

SIZES = ((20, 6), (30, 30), (58, 18), (80, 22), (118, 38), (1, 1))
OUT = Ablation(frozenset({2, None}), frozenset({1}), direct=True)


def asked(explorer: Explorer, out: Ablation = WHOLE, **fields: int) -> ablation_view.AblationAnswer:
    return ablation_view.query(explorer, replace(initial_selection(explorer), ablation=out, **fields))


def figures(answer: ablation_view.AblationAnswer) -> dict[tuple[object, object], tuple[object, ...]]:
    found = ablation_view.table(answer)
    assert [column.name for column in found.columns] == ["figure", "of", "state", "whole", "now", "change"]
    return {row[:2]: row[3:] for row in found.rows if row[0] != "part"}


def states(answer: ablation_view.AblationAnswer) -> dict[object, object]:
    return {of: state for figure, of, state, *_ in ablation_view.table(answer).rows if figure == "part"}


def test_the_table_has_the_losses_without_the_parts(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3], dtype=torch.float64)
    found = figures(asked(explorer, Ablation(direct=True), x=3, y=6))
    weights, config = explorer.run.weights(40), explorer.run.config
    whole = plain_forward(weights, config)
    now = plain_forward(weights, config, edit_direct=torch.zeros_like)
    train = torch.from_numpy(explorer.split.train)
    for of, which in {"all": train | ~train, "train": train, "test": ~train}.items():
        before, after = whole.loss[which].mean().item(), now.loss[which].mean().item()
        assert found["loss", of] == pytest.approx((before, after, after - before))
    logits = now.logits[3, 6] - now.logits[3, 6].mean()
    assert found["says", "3 + 6"][1] == int(logits.argmax())
    assert found["logit", "3 + 6"][1] == pytest.approx(logits[2].item())
    assert found["rank", "3 + 6"][1] == 1 + int((logits > logits[2]).sum())
    assert [found["logits", str(z)][1] for z in range(7)] == pytest.approx(logits.tolist())


def test_the_table_says_of_each_part_whether_it_is_in(explorer) -> None:
    assert states(asked(explorer, OUT)) == {
        "cluster 1": "in", "cluster 2": "out", "cluster 3": "in", "rest": "out",
        "head 0": "in", "head 1": "out", "direct path": "out",
    }  # fmt: skip
    found = states(asked(explorer, Ablation(frozenset({2}), preset="key-frequencies-no-rest")))
    assert [found[name] for name in ("cluster 1", "cluster 2", "rest", "direct path")] == ["terms", "out", "out", "out"]


def test_the_whole_model_is_as_it_was(explorer) -> None:
    found = figures(asked(explorer))
    assert all(change in (0, None) for _, _, change in found.values())
    assert "the whole model" in ablation_view.draw(asked(explorer), 58, 18, MONO).plain()


def test_without_a_split_train_and_test_are_absent(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1], no_split=True)
    found = figures(asked(explorer, Ablation(direct=True)))
    assert found["loss", "train"] == (None, None, None)
    assert "–" in ablation_view.draw(asked(explorer, Ablation(direct=True)), 58, 18, MONO).plain()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_it_draws_at_every_size_and_cuts_no_figure(explorer, preset, size) -> None:
    answer = asked(explorer, replace(OUT, preset=preset), x=6, y=6)
    loss = f"{answer.found.ablated.scores.loss.all:.2e}"
    for palette in (DARK, MONO, ASCII):
        drawing = ablation_view.draw(answer, *size, palette)
        assert (drawing.width, drawing.height) == size
        assert size == (1, 1) or loss in drawing.plain()
        assert palette is not ASCII or drawing.plain().isascii()


def lines(drawing) -> list[str]:
    return drawing.plain().splitlines()


def test_the_parts_that_the_keys_act_on_are_marked(explorer) -> None:
    answer = asked(explorer, neuron=4, head=1)
    name = next(part.name for part in answer.parts if part.selected)
    marked = [line[2:14].strip() for line in lines(ablation_view.draw(answer, 80, 22, MONO)) if line.startswith("▸")]
    assert marked == [name, "head 1"]


def test_what_is_out_and_what_the_keys_act_on_is_shown_first(explorer) -> None:
    answer = asked(explorer, Ablation(frozenset({3})), head=1)
    shown = ablation_view.draw(answer, 58, 6, MONO).plain()
    assert "head 1" in shown
    assert "cluster 3" in shown
    assert "4 more" in shown


def test_clusters_mark_what_is_out_and_stay_what_they_are(explorer) -> None:
    before, after = (replace(initial_selection(explorer), ablation=out) for out in (WHOLE, OUT))
    plain, marked = (clusters.table(clusters.query(explorer, selection)) for selection in (before, after))
    assert [row[:-1] for row in plain.rows] == [row[:-1] for row in marked.rows]
    assert [(row[0], row[-1]) for row in marked.rows] == [(1, False), (2, True), (3, False), (None, True)]
    shown = clusters.draw(clusters.query(explorer, after), 60, 12, MONO).plain()
    assert "2 out" in shown
    assert "rest out" in shown


def show(capsys, *arguments: object) -> tuple[int, str, str]:
    status = main(["show", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


KEYS = ("--key-frequencies", "1,2,3")
OPTIONS = ("--without-cluster", 2, "--without-cluster", "rest", "--without-head", 1, "--without-direct", *KEYS)


def test_the_options_knock_out_and_provenance_says_so(tiny_run, explorer, capsys) -> None:
    preset = ("--preset", "sum-directions", "--fill", "mean")
    _, out, _ = show(capsys, "bench", tiny_run, *OPTIONS, *preset, "--format", "json", "--pair", 3, 5)
    found = json.loads(out)
    assert found["provenance"]["ablation"] == {
        "without_clusters": [2, "rest"],
        "without_heads": [1],
        "without_direct": True,
        "preset": "sum-directions",
        "fill": "mean",
    }
    ablation = replace(OUT, preset="sum-directions", fill="mean")
    expected = explorer.ablate(40, 40, ablation, 3, 5).ablated.scores.loss.all
    assert next(row[4] for row in found["rows"] if row[:2] == ["loss", "all"]) == pytest.approx(expected)

    _, text, _ = show(capsys, "bench", tiny_run, *OPTIONS)
    assert "ablation · out: cluster 2, rest, head 1, direct path (zero in place)" in text.splitlines()[3]
    _, text, _ = show(capsys, "bench", tiny_run, *OPTIONS, "--format", "csv")
    assert ["part", "cluster 2", "out", "", "", ""] in list(csv.reader(io.StringIO(text)))


def test_two_epochs_are_compared_with_the_same_parts_out(tiny_run, explorer, capsys) -> None:
    options = (*OPTIONS, "--against", 20, "--format", "json")
    _, out, _ = show(capsys, "bench", tiny_run, *options)
    found = json.loads(out)
    assert found["provenance"]["against"]["ablation"] == found["provenance"]["ablation"]
    row = next(dict(zip(found["columns"], row, strict=True)) for row in found["rows"] if row[:2] == ["loss", "all"])
    now = [explorer.ablate(epoch, 40, OUT, 0, 0).ablated.scores.loss.all for epoch in (40, 20)]
    assert (row["now_a"], row["now_b"]) == pytest.approx(tuple(now))
    assert row["now_delta"] == pytest.approx(now[0] - now[1])


def test_other_views_do_not_change_and_say_so(tiny_run, capsys) -> None:
    _, without, _ = show(capsys, "losses", tiny_run, *KEYS, "--format", "json")
    _, told, _ = show(capsys, "losses", tiny_run, *OPTIONS, "--format", "json")
    assert json.loads(told)["provenance"]["ablation"] is None
    assert without == told


def test_parts_that_are_not_there_get_one_sentence(tiny_run, capsys) -> None:
    for option, sentence in (
        (("--without-cluster", 9), "Frequency 9 has no cluster"),
        (("--without-head", 2), "heads"),
    ):
        status, out, err = show(capsys, "bench", tiny_run, *KEYS, *option)
        assert (status, out) == (1, "")
        assert sentence in err
        assert len(err.splitlines()) == 1
    assert show(capsys, "bench", tiny_run, "--preset", "everything")[0] == 2
