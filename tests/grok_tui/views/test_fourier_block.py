"""A neuron's Fourier block against plain float64 definitions, and its drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import Explorer
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import fourier_block
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward
from tests.grok_tui.views.other_runs import OTHERS, other_explorer


@pytest.fixture(params=["x y =", *OTHERS, "subtracting"])
def run(request, explorer) -> Explorer:
    """The tiny run, one of even p, one whose prompt ends in y, and one that subtracts."""
    if request.param == "subtracting":
        return other_explorer("x y =", "subtract")
    return explorer if request.param == "x y =" else other_explorer(request.param)


def test_the_nine_coefficients_at_the_neuron_s_frequency(run) -> None:
    selection = initial_selection(run)
    model = plain_forward(run.run.weights(selection.epoch), run.run.config)
    for neuron in range(run.run.config.d_mlp):
        answer = fourier_block.query(run, replace(selection, neuron=neuron))
        grid, k = model.post[..., neuron], answer.facts.frequency
        if k is None:
            assert fourier_block.table(answer).rows == ()
            continue
        energy = plain.energies(grid)
        assert energy[k - 1].item() == pytest.approx(energy.max().item(), rel=1e-4)
        rows = fourier_block.table(answer).rows
        numbers = plain.components(len(grid), k)
        names = ("const", f"cos {k}", f"sin {k}")[: len(numbers)]
        assert [row[:2] for row in rows] == [(i, j) for i in numbers for j in numbers]
        assert [row[2:4] for row in rows] == [(i, j) for i in names for j in names]
        assert [row[4] for row in rows] == pytest.approx(plain.block(grid, k).flatten().tolist(), abs=1e-5)
        directions = plain.sum_directions(len(grid), k, model.sign)
        on_directions = [(grid * direction).sum().item() for direction in directions]
        assert [answer.cosine, answer.sine][: len(directions)] == pytest.approx(on_directions, abs=1e-5)


@pytest.mark.parametrize(("operation", "sum_direction"), [("add", "x+y"), ("subtract", "x-y")])
def test_the_notes_name_the_sum_direction_that_fits_the_signs(operation, sum_direction) -> None:
    run = other_explorer("x y =", operation)
    answers = [fourier_block.query(run, replace(initial_selection(run), neuron=neuron)) for neuron in range(10)]
    for answer in (answer for answer in answers if answer.sine is not None):
        (cc, cs), (sc, ss) = answer.coefficients[1:, 1:].tolist()
        lines = fourier_block.draw(answer, 100, 30, MONO).plain().splitlines()
        cosine = next(line.strip() for line in lines if line.startswith("cos·cos"))
        sine = next(line.strip() for line in lines if line.startswith("sin·cos"))
        fits = (cc * ss < 0, cs * sc > 0) if operation == "add" else (cc * ss > 0, cs * sc < 0)
        for line, fit, part, wave in ((cosine, fits[0], answer.cosine, "cos"), (sine, fits[1], answer.sine, "sin")):
            significant = abs(part) >= 0.1 * np.hypot(answer.cosine, answer.sine) > 0
            words = ("as in" if fit else "unlike") if significant else "hardly any"
            assert line.endswith(f"{words} {wave} k({sum_direction})")


def test_the_block_of_half_of_p_has_a_cosine_alone() -> None:
    run = other_explorer("x y =")
    answers = [fourier_block.query(run, replace(initial_selection(run), neuron=neuron)) for neuron in range(10)]
    half = next(answer for answer in answers if answer.facts.frequency == 4)
    text = fourier_block.draw(half, 100, 30, MONO).plain()
    assert "y cos 4" in text
    assert "sin 4" not in text
    assert "k = p/2 has no sine: cos·cos is cos k(x+y) and cos k(x-y)" in text


def test_x_is_across_and_the_notes_describe_the_signs(explorer) -> None:
    selection = initial_selection(explorer)
    answer = next(
        block
        for neuron in range(12)
        if (block := fourier_block.query(explorer, replace(selection, neuron=neuron))).coefficients is not None
    )
    values = answer.coefficients
    assert values is not None
    text = fourier_block.draw(answer, 100, 30, MONO).plain()
    first, second, third = (line for line in text.splitlines() if line.startswith("y "))
    for y, line in enumerate((first, second, third)):
        for x in range(3):
            assert f"{values[x, y]:+#,.3g}".rstrip(".") in line
    opposite = values[1, 1] * values[2, 2] < 0
    assert f"cos·cos and sin·sin: {'opposite signs' if opposite else 'the same sign'}" in text  # significant here


@pytest.mark.parametrize("size", [(20, 6), (58, 22), (100, 30), (200, 50)])
def test_drawings_have_the_size_of_the_pane(run, size) -> None:
    for epoch in (run.epochs[0], run.epochs[-1]):
        for neuron in (0, 5):
            answer = fourier_block.query(run, replace(initial_selection(run, epoch=epoch), neuron=neuron))
            assert f"epoch {epoch:,}" in fourier_block.title(answer)
            for palette in (DARK, MONO, ASCII):
                drawing = fourier_block.draw(answer, *size, palette)
                assert (drawing.width, drawing.height) == size
            assert drawing.plain().isascii()


def test_a_dead_neuron_has_no_block() -> None:
    run = other_explorer("x y")
    answer = fourier_block.query(run, initial_selection(run))
    assert answer.coefficients is None
    assert "no frequency" in fourier_block.draw(answer, 80, 20, MONO).plain()
