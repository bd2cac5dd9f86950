"""The right answers against their formulas, pair by pair."""

import pytest

from engine.networks.config import Task
from engine.networks.task import answers

FORMULAS = {
    "add": lambda x, y, p: x + y,
    "subtract": lambda x, y, p: x - y,
    "multiply": lambda x, y, p: x * y,
    "divide": lambda x, y, p: 0 if y == 0 else x * pow(y, -1, p),
    "x^2+y^2": lambda x, y, p: x * x + y * y,
    "x^2+xy+y^2": lambda x, y, p: x * x + x * y + y * y,
    "x^3+xy": lambda x, y, p: x * x * x + x * y,
}


@pytest.mark.parametrize("operation", FORMULAS)
def test_answers_follow_the_formula(operation) -> None:
    p, formula = 11, FORMULAS[operation]
    expected = [[formula(x, y, p) % p for y in range(p)] for x in range(p)]
    assert answers(Task(p, operation)).tolist() == expected


def test_the_answers_of_a_table_are_its_rows() -> None:
    assert answers(Task(3, "table", (0, 1, 2, 2, 0, 1, 1, 2, 0))).tolist() == [[0, 1, 2], [2, 0, 1], [1, 2, 0]]
