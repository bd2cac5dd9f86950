"""The points of grids and tables, and their names."""

from __future__ import annotations

import pytest

from engine import InvalidConfig, WrongUsage
from engine.sweeps.grid import combine, parse_grids, point_name, read_table


def test_grids_are_multiplied() -> None:
    points = parse_grids(["weight_decay=0.3,1,3", "--seed=0:8"])
    assert len(points) == 24
    assert points[0] == {"weight_decay": 0.3, "seed": 0}
    assert points[-1] == {"weight_decay": 3.0, "seed": 7}
    assert type(points[8]["weight_decay"]) is float


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("seed=0:3", [0, 1, 2]),
        ("seed=0:8:3", [0, 3, 6]),
        ("seed=3:0:-1", [3, 2, 1]),
        ("seed=0:2,7,1", [0, 1, 7]),  # 1 a second time
        ("d-model=32, 64", [32, 64]),
        ("save_every=50:1000,500", ["50:1000", "500"]),  # no range: text
        ("betas=0.9 0.98,0.9 0.999", [(0.9, 0.98), (0.9, 0.999)]),
        ("operation=add,x^2+y^2", ["add", "x^2+y^2"]),
        ("stop_when=0,1e-5", [0.0, 1e-5]),
    ],
)
def test_values_have_the_type_of_the_setting(text, values) -> None:
    assert [value for point in parse_grids([text]) for value in point.values()] == values


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["seed"], "--grid is NAME=VALUES, such as weight_decay=0.3,1 or seed=0:8; found 'seed'."),
        (["weight_decy=1"], "--grid names 'weight_decy', which is no option of train; did you mean weight_decay"),
        (["seed=1", "--seed=2"], "--grid names seed twice"),
        (["seed=1,,2"], "has an empty value"),
        (["seed=0:8:0"], "a step of 0"),
        (["seed=8:0"], "--grid seed=8:0 is an empty range"),
        (["seed=0:1000000000"], "The sweep has 1,000,000,000 runs; at most 10,000"),
        (["seed=0:101", "p=0:101"], "The sweep has 10,201 runs"),
        (["threads=1,2"], "threads cannot vary within a sweep"),
    ],
)
def test_an_invalid_grid_is_refused(texts, sentence) -> None:
    with pytest.raises(WrongUsage) as error:
        parse_grids(texts)
    assert sentence in str(error.value)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidConfig, match=r"seed must be a whole number; found '0\.5'"):
        parse_grids(["seed=0.5"])


def test_a_table_has_a_row_for_each_run(tmp_path) -> None:
    table = tmp_path / "runs.csv"
    table.write_text('\ufeffweight-decay,seed,save_every\n0.3,0,"50:1000,500"\n\n1, ,\n')
    assert read_table(table) == [{"weight_decay": 0.3, "seed": 0, "save_every": "50:1000,500"}, {"weight_decay": 1.0}]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "must be a CSV file with a header"),
        ("seed\n", "has a header but no row"),
        ("seed,speed\n1,2\n", "names 'speed', which is no option of train"),
        ("seed,seed\n1,2\n", "has two columns of the same option"),
        ("seed,p\n1\n", "Row 1 of"),
    ],
)
def test_an_invalid_table_is_refused(tmp_path, content, sentence) -> None:
    table = tmp_path / "runs.csv"
    table.write_text(content)
    with pytest.raises(WrongUsage) as error:
        read_table(table)
    assert sentence in str(error.value)
    assert str(table) in str(error.value)


def test_a_missing_table_is_named(tmp_path) -> None:
    with pytest.raises(WrongUsage, match=r"none\.csv cannot be read: No such file"):
        read_table(tmp_path / "none.csv")


def test_a_table_is_multiplied_by_a_grid() -> None:
    points = combine([{"lr": 0.1, "p": 5}, {"lr": 0.2}], [{"seed": 0}, {"seed": 1}])
    assert points == [
        {"lr": 0.1, "p": 5, "seed": 0}, {"lr": 0.1, "p": 5, "seed": 1}, {"lr": 0.2, "seed": 0}, {"lr": 0.2, "seed": 1}
    ]  # fmt: skip
    with pytest.raises(WrongUsage, match="seed is in --grid and in --table"):
        combine([{"seed": 1}], [{"seed": 0}])


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"weight_decay": 0.3, "seed": 0}, "weight_decay=0.3,seed=0"),
        ({"lr": 1e-05, "weight_decay": 1.0}, "lr=1e-05,weight_decay=1"),
        ({"operation": "table:../my table.npy"}, "operation=table_.._my_table.npy"),
        ({}, "run"),
    ],
)
def test_names_are_readable_and_safe(options, name) -> None:
    assert point_name(options) == name


def test_long_names_are_cut_and_stay_different() -> None:
    names = [point_name({"operation": f"table:{'long' * 60}{number}"}) for number in range(2)]
    assert names[0] != names[1]
    assert all(len(name) < 140 for name in names)
