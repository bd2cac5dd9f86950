import random

import pytest

from engine.metrics.published_triples import published_triples, shuffled_start


@pytest.mark.parametrize("n", [1, 2, 3, 99, 100, 101, 127, 128, 129, 343, 4096, 4097, 50_653])
def test_it_is_the_start_of_the_shuffle(n) -> None:
    shuffled = list(range(n))
    random.Random(42).shuffle(shuffled)
    assert shuffled_start(n, 100).tolist() == shuffled[:100]


@pytest.mark.parametrize("p", [3, 12, 59])
def test_triples_are_in_the_order_of_x_y_and_answer(p) -> None:
    triples = [[x, y, z] for x in range(p) for y in range(p) for z in range(p)]
    random.Random(42).shuffle(triples)
    assert published_triples(p).tolist() == triples[:100]
