"""The views of circuits, embedding and unembedding, against their definitions written out in float64."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine import Explorer, UnknownQuery
from engine.networks.weights import Weights
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import (
    embedding,
    embedding_norms,
    embedding_spectrum,
    logit_weights,
    ov,
    ov_spectrum,
    qk,
    unembedding,
)
from tests.engine.metrics import plain_metrics as plain
from tests.grok_tui.views.other_runs import OTHERS, other_explorer

MODULES = (embedding, embedding_norms, embedding_spectrum, logit_weights, ov, ov_spectrum, qk, unembedding)
VIEWS = [module.VIEW for module in MODULES if module is not qk]
SIZES = [(20, 6), (58, 22), (100, 30), (200, 50)]
NEURON, DIMENSION = 5, 2


@pytest.fixture(params=["x y =", *OTHERS])
def run(request, explorer) -> Explorer:
    """The tiny run, a run of even p, and one whose prompt ends in y."""
    return explorer if request.param == "x y =" else other_explorer(request.param)


def selection_of(explorer: Explorer, **changes):
    return replace(initial_selection(explorer), neuron=NEURON, dimension=DIMENSION, **changes)


def weights_of(explorer: Explorer) -> Weights:
    return explorer.run.weights(explorer.epochs[-1]).to(torch.float64)


def waves(p: int) -> torch.Tensor:
    """The Fourier basis, from its definition. [component, token]"""
    return torch.stack([plain.wave(p, component) for component in range(p)])


def assert_table(table, first: list[str], expected: torch.Tensor) -> None:
    """Check that the columns after `first` hold `expected` [row, column] and the first column the row numbers."""
    names = [column.name for column in table.columns]
    assert names[: len(first)] == first
    assert [row[0] for row in table.rows] == list(range(len(expected)))
    values = [value for row in table.rows for value in row[len(first) :]]
    assert values == pytest.approx(expected.flatten().tolist(), abs=2e-5)


def test_ov_is_the_input_of_the_neuron_from_each_head(run) -> None:
    w, p = weights_of(run), run.run.config.p
    expected = torch.stack([w.W_E[:p] @ w.W_V[h] @ w.W_O[h] @ w.W_in[:, NEURON] for h in range(2)], dim=1)
    answer = ov.query(run, selection_of(run))
    assert_table(ov.table(answer), ["token"], expected)
    assert_table(
        ov_spectrum.table(ov_spectrum.query(run, selection_of(run))), ["component", "name"], waves(p) @ expected
    )
    for head, line in enumerate(answer.heads):
        squares = (waves(p) @ expected[:, head]).square()
        energy = torch.stack([squares[2 * k - 1] + squares[2 * k] for k in range(1, (p - 1) // 2 + 1)])
        assert line.frequency == energy.argmax().item() + 1
        assert line.share == pytest.approx((energy.max() / energy.sum()).item(), abs=1e-5)


def test_qk_is_the_score_of_each_token_without_positions_of_keys(explorer) -> None:
    w, p = weights_of(explorer), 7
    query = w.W_E[p] + w.W_pos[-1]
    expected = torch.stack([query @ w.W_Q[h] @ w.W_K[h].T @ w.W_E[:p].T / 4**0.5 for h in range(2)], dim=1)
    assert_table(qk.table(qk.query(explorer, selection_of(explorer))), ["token"], expected)


def test_qk_needs_a_constant_last_token() -> None:
    for prompt in OTHERS:
        run = other_explorer(prompt)
        with pytest.raises(UnknownQuery, match="its query is another for every"):
            qk.query(run, selection_of(run))


def test_embedding_shows_two_neighbouring_dimensions(run) -> None:
    w, p = weights_of(run), run.run.config.p
    expected = w.W_E[:p, DIMENSION : DIMENSION + 2]
    assert_table(embedding.table(embedding.query(run, selection_of(run))), ["token"], expected)
    squared = embedding_spectrum.table(embedding_spectrum.query(run, selection_of(run)))
    assert_table(squared, ["component", "name"], (waves(p) @ expected).square())
    assert [column.name for column in squared.columns[2:]] == ["dimension_2", "dimension_3"]


def test_the_last_dimension_has_no_neighbour(explorer) -> None:
    last = replace(selection_of(explorer), dimension=7)
    for module in (embedding, embedding_spectrum):
        answer = module.query(explorer, last)
        assert "dimension 7 ·" in module.title(answer)
        assert module.table(answer).columns[-1].name == "dimension_7"
    with pytest.raises(UnknownQuery, match="dimensions 0 to 7"):
        embedding.query(explorer, replace(last, dimension=8))


def test_embedding_norms_and_the_share_of_the_key_frequencies(run) -> None:
    w, p = weights_of(run), run.run.config.p
    norms = (waves(p) @ w.W_E[:p]).square().sum(dim=1)
    answer = embedding_norms.query(run, selection_of(run))
    assert_table(embedding_norms.table(answer), ["component", "name"], norms[:, None])
    names = [row[1] for row in embedding_norms.table(answer).rows]
    assert names[:3] == ["const", "cos 1", "sin 1"]
    assert names[-1] == ("sin 3" if p == 7 else "cos 4")
    held = sum(norms[2 * k - 1] + norms[2 * k] for k in answer.keys)
    assert answer.share_of_keys == pytest.approx((held / norms[1:].sum()).item(), abs=1e-5)


def test_unembedding_holds_the_row_its_transform_and_all_norms(run) -> None:
    w, p = weights_of(run), run.run.config.p
    row, table = w.W_U[DIMENSION, :p], unembedding.table(unembedding.query(run, selection_of(run)))
    expected = {
        "row": row,
        "row_squared": (waves(p) @ row).square(),
        "squared_norm": (waves(p) @ w.W_U[:, :p].T).square().sum(dim=1),
    }
    for quantity, values in expected.items():
        rows = [each for each in table.rows if each[0] == quantity]
        assert [each[1] if quantity == "row" else each[2] for each in rows] == list(range(p))
        assert [each[4] for each in rows] == pytest.approx(values.tolist(), abs=2e-5)


def test_logit_weights_are_the_neuron_s_row(run) -> None:
    w, p = weights_of(run), run.run.config.p
    table = logit_weights.table(logit_weights.query(run, selection_of(run)))
    assert_table(table, ["z"], (w.W_out[NEURON] @ w.W_U[:, :p])[:, None])


def test_unwrapped_order_changes_the_picture_and_not_the_table(explorer) -> None:
    for module in (ov, qk, embedding, unembedding, logit_weights):
        natural = module.query(explorer, selection_of(explorer))
        unwrapped = module.query(explorer, selection_of(explorer, order="unwrapped"))
        k = unwrapped.unwrapped_by
        assert k is not None
        assert module.table(natural) == module.table(unwrapped)
        assert f"unwrapped: tokens in order of {k} × token mod 7" in module.draw(unwrapped, 100, 30, MONO).plain()
        assert "natural order" in module.draw(natural, 100, 30, MONO).plain()


def assert_size(view, explorer: Explorer, size: tuple[int, int]) -> None:
    """Check the size of the drawing at the first and the last epoch, in both orders and in every palette."""
    for epoch, neuron, order in ((explorer.epochs[0], 0, "natural"), (explorer.epochs[-1], NEURON, "unwrapped")):
        answer = view.query(explorer, replace(selection_of(explorer, order=order), epoch=epoch, neuron=neuron, head=1))
        assert f"epoch {epoch:,}" in view.title(answer)
        for palette in (DARK, MONO, ASCII):
            drawing = view.draw(answer, *size, palette)
            assert (drawing.width, drawing.height) == size
        assert drawing.plain().isascii()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize("size", SIZES)
def test_a_drawing_has_the_given_size(run, view, size) -> None:
    assert_size(view, run, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_drawing_of_qk_has_the_given_size(explorer, size) -> None:
    assert_size(qk.VIEW, explorer, size)


def test_in_natural_order_each_head_has_its_own_panel(explorer) -> None:
    text = ov.draw(ov.query(explorer, selection_of(explorer)), 100, 30, MONO).plain()
    lines = text.splitlines()
    assert sum("━━ head" in line for line in lines) == 2
    unwrapped = ov.draw(ov.query(explorer, selection_of(explorer, order="unwrapped")), 100, 30, MONO).plain()
    assert sum("head 0" in line and "head 1" in line for line in unwrapped.splitlines()) == 1
