"""Formulas have the sign of the run's operation."""

import pytest

from grok_tui.render.operation_signs import with_operation_signs


@pytest.mark.parametrize(
    ("operation", "text"),
    [("add", "x + y = x - (-y)"), ("subtract", "x - y = x + (-y)"), (None, "x ± y = x ∓ (-y)")],
)
def test_signs_follow_the_operation(operation: str | None, text: str):
    assert with_operation_signs("x ± y = x ∓ (-y)", operation) == text
