"""Ranks of matrices, against the singular values of torch."""

from __future__ import annotations

import math

import pytest
import torch

from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import ranks
from tests.grok_tui.views.checks import assert_drawings, column_names, known_explorer


def test_the_table_has_the_ranks_of_every_matrix_and_head(exact, at_epoch) -> None:
    selection = initial_selection(exact)
    answer = ranks.query(exact, selection)
    table = ranks.table(answer)
    measures = ["effective_rank", "participation_ratio", "largest_singular_value", "singular_values"]
    measures.append("inverse_participation_ratio")
    assert column_names(table) == ["matrix", *measures]
    rows = {row[0]: row[1:] for row in table.rows}
    weights, _ = at_epoch(selection.epoch)
    p = exact.run.config.p
    matrices = {"W_logit": weights.W_out @ weights.W_U[:, :p], "W_E": weights.W_E, "W_K[1]": weights.W_K[1]}
    for name, matrix in matrices.items():
        s = torch.linalg.svdvals(matrix)
        share = (s / s.sum()).tolist()
        effective = math.exp(-sum(q * math.log(q) for q in share if q > 0))
        ratio = (s.square().sum() ** 2 / s.pow(4).sum()).item()
        assert rows[name][:4] == pytest.approx((effective, ratio, s[0].item(), len(s)), rel=1e-5)
    text = ranks.draw(answer, 160, 40, MONO).plain()
    effective, ratio = rows["W_logit"][:2]
    assert f"W_logit: effective rank {effective:.1f}, participation ratio {ratio:.1f}" in text
    assert "singular values of W_logit" in text


def test_the_line_above_has_the_inverse_participation_ratios_of_the_report(exact) -> None:
    selection = initial_selection(exact)
    answer = ranks.query(exact, selection)
    reported = exact.run_metrics(selection.reference_epoch).snapshot().metrics[-1].report
    expected = reported["inverse_participation_ratio"]
    rows = {row[0]: row[5] for row in ranks.table(answer).rows}
    assert rows["input weights of neurons"] == pytest.approx(expected["input"])
    assert rows["output weights of neurons"] == pytest.approx(expected["output"])
    text = " ".join(ranks.draw(answer, 160, 40, MONO).plain().split())
    shown = f"input {expected['input']:.3f}, output {expected['output']:.3f}"
    assert f"inverse participation ratio of neurons: {shown}" in text


def test_the_curves_are_the_effective_ranks_of_the_run_metrics(exact) -> None:
    answer = ranks.query(exact, initial_selection(exact))
    assert answer.curves is not None
    assert answer.curves.epochs.tolist() == list(exact.epochs)
    at_last = {curve.column: curve.values[-1] for curve in answer.curves.curves}
    assert set(at_last) == {name for name in answer.ranks if "[" not in name}
    for name, value in at_last.items():
        assert value == pytest.approx(answer.ranks[name].effective_rank)


def test_one_checkpoint_has_bars_and_no_curves() -> None:
    explorer = known_explorer()
    answer = ranks.query(explorer, initial_selection(explorer))
    assert answer.curves is None
    text = ranks.draw(answer, 160, 40, MONO).plain()
    assert "singular values of W_logit" in text
    assert "effective rank ━" not in text


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(ranks.VIEW, varied_run)
