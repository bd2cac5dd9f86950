"""The ablation view in panes and on the command line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
import torch

from engine import Explorer, open_run
from engine.metrics.ablation_spec import Ablation
from grok_tui.cli.main import main
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.ablation_selection import NO_ABLATION, PRESETS
from grok_tui.session.selection import initial_selection
from grok_tui.views import ablation as ablation_view
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward
from tests.grok_tui.views.checks import plain_clusters

SIZES = ((20, 6), (30, 30), (58, 18), (80, 22), (118, 38), (1, 1))
ABLATION = Ablation(frozenset({2, None}), frozenset({1}), direct=True)


def answer_of(explorer: Explorer, ablation: Ablation = NO_ABLATION, **fields: int) -> ablation_view.AblationAnswer:
    return ablation_view.query(explorer, replace(initial_selection(explorer), ablation=ablation, **fields))


def numbers(answer: ablation_view.AblationAnswer) -> dict[tuple[object, object], tuple[object, ...]]:
    """(whole, now, change) by (figure, of)."""
    table = ablation_view.table(answer)
    assert [column.name for column in table.columns] == ["figure", "of", "state", "whole", "now", "change"]
    return {row[:2]: row[3:] for row in table.rows if row[0] != "part"}


def states(answer: ablation_view.AblationAnswer) -> dict[object, object]:
    return {of: state for figure, of, state, *_ in ablation_view.table(answer).rows if figure == "part"}


def test_the_table_has_original_and_ablated_metrics(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3], dtype=torch.float64)
    rows = numbers(answer_of(explorer, Ablation(direct=True), x=3, y=6))
    weights, config = explorer.run.weights(40), explorer.run.config
    original = plain_forward(weights, config)
    ablated = plain_forward(weights, config, edit_direct=torch.zeros_like)
    train = torch.from_numpy(explorer.split.train)
    for of, pairs in {"all": train | ~train, "train": train, "test": ~train}.items():
        before, after = original.loss[pairs].mean().item(), ablated.loss[pairs].mean().item()
        assert rows["loss", of] == pytest.approx((before, after, after - before))
    logits = ablated.logits[3, 6] - ablated.logits[3, 6].mean()
    assert rows["says", "3 + 6"][1] == int(logits.argmax())
    assert rows["logit", "3 + 6"][1] == pytest.approx(logits[2].item())
    assert rows["rank", "3 + 6"][1] == 1 + int((logits > logits[2]).sum())
    assert [rows["logits", str(z)][1] for z in range(7)] == pytest.approx(logits.tolist())


def test_the_table_has_the_state_of_each_part(explorer) -> None:
    assert states(answer_of(explorer, ABLATION)) == {
        "cluster 1": "in", "cluster 2": "out", "cluster 3": "in", "rest": "out",
        "head 0": "in", "head 1": "out", "direct path": "out",
    }  # fmt: skip
    preset = states(answer_of(explorer, Ablation(frozenset({2}), preset="key-frequencies-no-rest")))
    assert [preset[name] for name in ("cluster 1", "cluster 2", "rest", "direct path")] == [
        "terms", "out", "out", "out",
    ]  # fmt: skip


def test_without_an_ablation_nothing_changes(explorer) -> None:
    rows = numbers(answer_of(explorer))
    assert all(change in (0, None) for _, _, change in rows.values())
    assert "nothing ablated" in ablation_view.draw(answer_of(explorer), 58, 18, MONO).plain()


def test_without_a_split_train_and_test_are_absent(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1], no_split=True)
    rows = numbers(answer_of(explorer, Ablation(direct=True)))
    assert rows["loss", "train"] == (None, None, None)
    assert "–" in ablation_view.draw(answer_of(explorer, Ablation(direct=True)), 58, 18, MONO).plain()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_no_size_cuts_a_number(explorer, preset, size) -> None:
    answer = answer_of(explorer, replace(ABLATION, preset=preset), x=6, y=6)
    loss = f"{answer.result.ablated.scores.loss.all:.2e}"
    for palette in (DARK, MONO, ASCII):
        drawing = ablation_view.draw(answer, *size, palette)
        assert (drawing.width, drawing.height) == size
        assert size == (1, 1) or loss in drawing.plain()
        assert palette is not ASCII or drawing.plain().isascii()


def test_the_pane_names_states_and_columns(explorer) -> None:
    text = ablation_view.draw(answer_of(explorer, ABLATION), 80, 22, MONO).plain()
    assert "ablated: cluster 2, rest, head 1, direct path (zero ablation)" in text
    assert "original  ablated   change" in text
    assert [line[23:30].strip() for line in text.split("state")[1].splitlines()[1:8]] == [
        "intact", "ablated", "intact", "ablated", "intact", "ablated", "ablated",
    ]  # fmt: skip


def test_the_selected_parts_are_marked(explorer) -> None:
    answer = answer_of(explorer, neuron=4, head=1)
    name = next(part.name for part in answer.parts if part.selected)
    lines = ablation_view.draw(answer, 80, 22, MONO).plain().splitlines()
    assert [line[2:14].strip() for line in lines if line.startswith("▸")] == [name, "head 1"]


def test_selected_and_ablated_parts_have_priority(explorer) -> None:
    text = ablation_view.draw(answer_of(explorer, Ablation(frozenset({3})), head=1), 58, 6, MONO).plain()
    assert "head 1" in text
    assert "cluster 3" in text
    assert "4 more" in text


def show(capsys, *arguments: object) -> tuple[int, str, str]:
    status = main(["show", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


KEYS = ("--key-frequencies", "1,2,3")
OPTIONS = ("--without-cluster", 2, "--without-cluster", "rest", "--without-head", 1, "--without-direct", *KEYS)


def test_options_ablate_and_provenance_records_it(tiny_run, explorer, capsys) -> None:
    preset = ("--preset", "sum-directions", "--fill", "mean")
    _, output, _ = show(capsys, "ablation", tiny_run, *OPTIONS, *preset, "--format", "json", "--pair", 3, 5)
    answer = json.loads(output)
    assert answer["provenance"]["ablation"] == {
        "without_clusters": [2, "rest"],
        "without_heads": [1],
        "without_direct": True,
        "preset": "sum-directions",
        "fill": "mean",
    }
    ablation = replace(ABLATION, preset="sum-directions", fill="mean")
    expected = explorer.ablate(40, 40, ablation, 3, 5).ablated.scores.loss.all
    assert next(row[4] for row in answer["rows"] if row[:2] == ["loss", "all"]) == pytest.approx(expected)

    _, text, _ = show(capsys, "ablation", tiny_run, *OPTIONS)
    assert text.splitlines()[3] == "ablated: cluster 2, rest, head 1, direct path (zero ablation)"
    _, text, _ = show(capsys, "ablation", tiny_run, *OPTIONS, "--format", "csv")
    assert ["part", "cluster 2", "out", "", "", ""] in list(csv.reader(io.StringIO(text)))


def test_both_sides_of_a_comparison_have_the_same_ablation(tiny_run, explorer, capsys) -> None:
    _, output, _ = show(capsys, "ablation", tiny_run, *OPTIONS, "--against", 20, "--format", "json")
    answer = json.loads(output)
    assert answer["provenance"]["against"]["ablation"] == answer["provenance"]["ablation"]
    row = next(dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"] if row[:2] == ["loss", "all"])
    losses = [explorer.ablate(epoch, 40, ABLATION, 0, 0).ablated.scores.loss.all for epoch in (40, 20)]
    assert (row["now_a"], row["now_b"]) == pytest.approx(tuple(losses))
    assert row["now_delta"] == pytest.approx(losses[0] - losses[1])


def test_other_views_ignore_the_ablation(tiny_run, capsys) -> None:
    _, original, _ = show(capsys, "losses", tiny_run, *KEYS, "--format", "json")
    _, with_options, _ = show(capsys, "losses", tiny_run, *OPTIONS, "--format", "json")
    assert json.loads(with_options)["provenance"]["ablation"] is None
    assert with_options == original


def test_an_unknown_part_is_an_error_of_one_sentence(tiny_run, capsys) -> None:
    for option, sentence in (
        (("--without-cluster", 9), "Frequency 9 has no cluster"),
        (("--without-head", 2), "heads"),
    ):
        status, output, error = show(capsys, "ablation", tiny_run, *KEYS, *option)
        assert (status, output) == (1, "")
        assert sentence in error
        assert len(error.splitlines()) == 1
    assert show(capsys, "ablation", tiny_run, "--preset", "everything")[0] == 2


@pytest.mark.parametrize("cluster", [2, None])
def test_losses_by_replacement_follow_their_definitions(tiny_run, cluster) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3], dtype=torch.float64)
    rows = numbers(answer_of(explorer, Ablation(frozenset({cluster}))))
    weights, config = explorer.run.weights(40).to(torch.float64), explorer.run.config
    original = plain_forward(weights, config)
    of_clusters = torch.tensor(plain_clusters(original.post, (1, 2, 3)))
    members = of_clusters == (cluster or 0)

    def replaced(values: torch.Tensor) -> torch.Tensor:
        """The loss of each pair with other activations for the members. [x, y]"""
        return plain_forward(weights, config, edit_post=lambda post: torch.where(members, values, post)).loss

    W_logit = weights.W_out @ weights.W_U[:, : config.p]
    remaining = torch.zeros_like(original.logits)
    for key in {0, 1, 2, 3} - {cluster or 0}:
        post = original.post[..., of_clusters == key]
        remaining += (plain.on_block(post, key) if key else post) @ W_logit[of_clusters == key]
    filtered = plain.loss_grid(plain.corrected(remaining, original.logits), original.sign)
    losses = {
        "loss_zero": replaced(torch.zeros_like(original.post)),
        "loss_mean": replaced(original.post.mean(dim=(0, 1)).expand_as(original.post)),
        "loss_interventions": filtered,
    }
    train = torch.from_numpy(explorer.split.train)
    for figure, loss in losses.items():
        for of, pairs in {"all": train | ~train, "train": train, "test": ~train}.items():
            assert rows[figure, of][1] == pytest.approx(loss[pairs].mean().item(), rel=1e-9)
    without = explorer.interventions(40, 40).without_cluster[cluster]
    assert rows["loss_interventions", "all"][1] == pytest.approx(without, rel=1e-9)


@pytest.mark.parametrize(
    ("ablation", "on"),
    [
        (Ablation(frozenset({2})), "loss_zero"),
        (Ablation(frozenset({2}), fill="mean"), "loss_mean"),
        (Ablation(frozenset({2}), preset="key-frequencies"), "loss_interventions"),
        (Ablation(frozenset({2}), preset="sum-directions"), "loss_preset"),
        (Ablation(direct=True), "loss_zero"),
    ],
)
def test_the_replacement_on_show_is_on(explorer, ablation, on) -> None:
    answer = answer_of(explorer, ablation)
    rows = ablation_view.table(answer).rows
    assert {row[0] for row in rows if row[2] == "on"} == {on}
    shown = [row[4] for row in rows if row[0] == "loss"]
    assert [row[4] for row in rows if row[0] == on] == shown
    text = ablation_view.draw(answer, 58, 18, MONO).plain()
    (line,) = [line for line in text.splitlines() if line.endswith("  on") or "  on " in line]
    assert f"{shown[0]:.2e}" in line


def test_without_an_ablation_no_replacement_has_a_loss(explorer) -> None:
    assert answer_of(explorer).replacements == ()
    assert answer_of(explorer, Ablation(preset="key-frequencies")).replacements == ()
