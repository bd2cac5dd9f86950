"""Clock or pizza: the numbers of the view, and the words that say how a network lies between the two."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import Explorer, open_run
from engine.explorer import checkpoint_networks
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import algorithm
from tests.engine.bare_network import BareConfig, bare_explorer, build_bare_network
from tests.grok_tui.views.checks import assert_drawings, column_names, forward_of


def test_the_numbers_are_those_of_their_definitions(exact) -> None:
    selection = initial_selection(exact)
    answer = algorithm.query(exact, selection)
    forward = forward_of(exact, selection)
    p, sign = exact.run.config.p, forward.sign
    by_distance = torch.zeros(p, p, dtype=torch.float64)  # [answer, distance]
    for x in range(p):
        for y in range(p):
            right = (x + sign * y) % p
            by_distance[right, (x - sign * y) % p] = forward.logits[x, y, right]
    np.testing.assert_allclose(answer.logits, by_distance, atol=1e-9)
    irrelevance = (by_distance.std(dim=0, correction=0).mean() / by_distance.std(correction=0)).item()
    table = algorithm.table(answer)
    assert column_names(table) == ["name", "value", "absent"]
    values = {name: value for name, value, _ in table.rows}
    assert values["distance_irrelevance"] == pytest.approx(irrelevance)
    metrics = exact.run_metrics(selection.reference_epoch).snapshot().metrics[-1].report["algorithm"]
    assert values["gradient_symmetricity"] == pytest.approx(metrics["gradient_symmetricity"])
    assert values["circularity"] == pytest.approx(metrics["circularity"])
    assert values["gradient_symmetricity_right_answers"] == pytest.approx(answer.cosines.mean())
    text = algorithm.draw(answer, 160, 40, MONO).plain()
    for name, shown in (
        ("distance_irrelevance", "distance irrelevance"),
        ("gradient_symmetricity", "gradient symmetricity"),
        ("circularity", "circularity"),
    ):
        assert f"{shown} {values[name]:.3f}" in text


def test_the_way_from_pizza_to_clock_is_the_projection_on_their_line(exact) -> None:
    answer = algorithm.query(exact, initial_selection(exact))
    di, gs = answer.found.distance_irrelevance, answer.found.gradient_symmetricity
    (a, b), (c, d) = (0.1717, 0.9937), (0.8483, 0.3336)
    along = ((di - a) * (c - a) + (gs - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2)
    rows = {name: value for name, value, _ in algorithm.table(answer).rows}
    assert rows["from_pizza_to_clock"] == pytest.approx(along)
    text = algorithm.draw(answer, 160, 40, MONO).plain()
    assert f"{along:.0%} of the way from the published pizza to the published clock" in text


@pytest.mark.parametrize(
    ("position", "words"), [(0.1, "near a pizza"), (0.5, "between clock and pizza"), (0.9, "near a clock")]
)
def test_the_place_is_named(position, words) -> None:
    assert algorithm._in_words(position, 1.0).startswith(f"{words}: {position:.0%}")


def test_a_network_that_has_not_learned_the_task_is_near_no_algorithm() -> None:
    words = algorithm._in_words(0.9, 0.3)
    assert words.startswith("no algorithm learned, 30.0% of the pairs right: 90%")


def test_without_sum_directions_there_is_no_distance_and_the_view_says_so(squaring_run) -> None:
    explorer = Explorer(open_run(squaring_run), keys=[1, 2])
    answer = algorithm.query(explorer, initial_selection(explorer))
    text = " ".join(algorithm.draw(answer, 200, 40, MONO).plain().split())
    assert "no distance irrelevance: x^2+y^2 mod 7 has no sum directions" in text
    assert "logit of the right answer" not in text
    assert "cosine of the gradients on x and y" in text
    assert answer.position is None
    rows = {name: value for name, value, _ in algorithm.table(answer).rows}
    assert rows["distance_irrelevance"] is None


def test_without_gradients_and_embedding_the_view_says_so(monkeypatch) -> None:
    monkeypatch.setattr(checkpoint_networks, "build_network", build_bare_network)
    explorer = bare_explorer(BareConfig())
    answer = algorithm.query(explorer, initial_selection(explorer))
    text = " ".join(algorithm.draw(answer, 200, 40, MONO).plain().split())
    assert "no gradient symmetricity: " in text
    assert "no circularity: " in text
    assert "this network is a bare network" in text
    assert "cosine of the gradients" not in text
    assert f"distance irrelevance {answer.found.distance_irrelevance:.3f}" in text


@pytest.mark.parametrize(("width", "height"), [(100, 28), (200, 48)], ids=["plane below the maps", "beside them"])
def test_the_plane_marks_the_published_networks_and_this_one(exact, width, height) -> None:
    answer = algorithm.query(exact, initial_selection(exact))
    text = algorithm.draw(answer, width, height, MONO).plain()
    assert text.count("●") >= 3
    for words in (
        "gradient symmetricity over distance irrelevance",
        "pizza",
        "clock",
        "this network",
    ):
        assert words in text
    assert "cosine of the gradients" in text
    assert "logit of the right answer" in text


def test_drawings_have_the_size_of_the_pane(varied_run) -> None:
    assert_drawings(algorithm.VIEW, varied_run)
