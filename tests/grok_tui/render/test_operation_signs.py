"""Formulas have the operation of the run, and the signs of its indices."""

import pytest

from engine.networks.config import OPERATIONS
from grok_tui.render.operation_signs import result, result_of_pair, with_operation_signs


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("add", "x + y = x - (-y)"),
        ("subtract", "x - y = x + (-y)"),
        ("multiply", "x · y = x - (-y)"),
        ("divide", "x / y = x + (-y)"),
        ("x^2+y^2", "x^2 + y^2 = x ∓ (-y)"),
        (None, "x ± y = x ∓ (-y)"),
    ],
)
def test_signs_follow_the_operation(operation: str | None, text: str):
    assert with_operation_signs("x ± y = x ∓ (-y)", operation) == text


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("add", "cos(x+y-z), on x-y: z = x + y"),
        ("subtract", "cos(x-y-z), on x+y: z = x - y"),
        ("multiply", "cos(x·y/z), on x/y: z = x · y"),
        ("divide", "cos(x/y/z), on x·y: z = x / y"),
        ("x^2+y^2", "cos(x^2+y^2-z), on x^2+y^2: z = x^2 + y^2"),
    ],
)
def test_spaces_stay_and_z_is_divided_by_where_logarithms_are_subtracted(operation: str, text: str):
    assert with_operation_signs("cos(x±y-z), on x∓y: z = x ± y", operation) == text


def test_every_operation_has_a_name_and_is_applied_to_numbers():
    assert [result(operation) for operation in OPERATIONS] == [
        "x + y",
        "x - y",
        "x · y",
        "x / y",
        "x^2 + y^2",
        "x^2 + x·y + y^2",
        "x^3 + x·y",
        "table(x, y)",
    ]
    assert result_of_pair("x^2+xy+y^2", 3, 5) == "3^2 + 3×5 + 5^2"
    assert result_of_pair("table", 3, 5) == "table(3, 5)"
