"""Settings of a network that its task forbids, and what a task says about its operation."""

import pytest

from engine.networks.config import InvalidConfig, ModelConfig, NoSumDirections, Task


def test_division_needs_a_prime() -> None:
    assert ModelConfig.standard(p=23, operation="divide").task == Task(23, "divide")
    with pytest.raises(InvalidConfig, match="divide needs a prime p; found 24"):
        ModelConfig.standard(p=24, operation="divide")


def test_only_the_operation_table_has_a_table_of_p_times_p_answers() -> None:
    table = (0, 1, 2, 1, 2, 0, 2, 0, 1)
    assert ModelConfig.standard(p=3, operation="table", table=table).task == Task(3, "table", table)
    with pytest.raises(InvalidConfig, match="'table' with p = 3 needs a table of 9 answers; found 0"):
        ModelConfig.standard(p=3, operation="table")
    with pytest.raises(InvalidConfig, match="'add' with p = 3 needs a table of 0 answers; found 9"):
        ModelConfig.standard(p=3, table=table)


@pytest.mark.parametrize("answer", [3, -1, 1.0, True, "1", None])
def test_the_answers_of_a_table_are_numbers_below_p(answer) -> None:
    with pytest.raises(InvalidConfig, match=f"whole number from 0 to p - 1 = 2; found {answer!r}"):
        ModelConfig.standard(p=3, operation="table", table=(0,) * 8 + (answer,))


def test_tasks_with_different_tables_differ() -> None:
    assert Task(3, "table", (0,) * 9) != Task(3, "table", (1,) * 9)


def test_only_addition_and_subtraction_have_a_sign() -> None:
    assert (Task(7, "add").sign, Task(7, "subtract").sign) == (1, -1)
    with pytest.raises(NoSumDirections, match=r"x\^2\+y\^2 mod 7 has no sum directions; add and"):
        _ = Task(7, "x^2+y^2").sign
