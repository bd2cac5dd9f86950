"""Tables of answers: every notation that is read, and one sentence for every other file."""

import io
from pathlib import Path

import numpy as np
import pytest

from engine import ModelConfig, TrainingConfig, open_run, train
from engine.networks.config import InvalidConfig
from engine.runs.answer_table import parse_operation, read_answer_table, table_size

ANSWERS = (0, 1, 2, 2, 0, 1, 1, 2, 0)


@pytest.mark.parametrize(
    "text", ["0 1 2\n2 0 1\n1 2 0\n", "0,1,2\r\n2, 0, 1\r\n1,2,0", "\n0\t1  2\n\n2 0 1\n1 2 0\n\n"]
)
def test_rows_are_separated_by_lines_and_answers_by_whitespace_or_commas(tmp_path, text) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    assert read_answer_table(path) == ANSWERS
    assert parse_operation(f"table:{path}") == ("table", ANSWERS)
    assert table_size(ANSWERS) == 3


def test_an_array_of_whole_numbers_is_read(tmp_path) -> None:
    np.save(tmp_path / "table.npy", np.array(ANSWERS, dtype=np.int32).reshape(3, 3))
    assert read_answer_table(tmp_path / "table.npy") == ANSWERS


def test_operations_are_named() -> None:
    assert parse_operation("multiply") == ("multiply", None)
    for text in ("power", "table", "", "x^2 + y^2"):
        with pytest.raises(InvalidConfig, match=r"one of add, subtract, multiply, .* or table:FILE; found"):
            parse_operation(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 1 2\n2 0\n1 2 0", "has 3 rows, and row 1 has 2 answers; expected p rows of p answers"),
        ("0 1 2\n2 0 1", "has 2 rows, and row 0 has 3 answers"),
        ("0 1 2\n2 0 3\n1 2 0", "Row 1 of .* holds 3; an answer is 0 to p - 1 = 2"),
        ("0 1 2\n2 0 -1\n1 2 0", "Line 2 of .* holds '-1'; expected whole numbers"),
        ("x,y,z\n0 1 2", "Line 1 of .* holds 'x'; expected whole numbers"),
        ("0 1 2\n2 0 1.0\n1 2 0", "Line 2 of .* holds '1.0'"),
        ("9" * 5000, "holds '9999"),
    ],
)
def test_another_text_is_rejected_in_one_sentence(tmp_path, text, message) -> None:
    path = tmp_path / "table.txt"
    path.write_text(text)
    with pytest.raises(InvalidConfig, match=message):
        read_answer_table(path)


def saved(array: object) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


class Malicious:
    """Its pickle would call a function when loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("executed"),))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a .npy file"),
        (b"\x93NUMPY\x01\x00", "is not a .npy file"),
        (saved([[0, 1], [1, 0]])[:-8], "is not a .npy file"),
        (saved([[0.0, 1.0], [1.0, 0.0]]), "holds 2 axes of float64; expected 2 axes of whole numbers"),
        (saved([0, 1, 2]), "holds 1 axes of int64"),
        (saved(np.array([[Malicious()]], dtype=object)), "is not a .npy file"),
        (saved([[0, 5], [1, 0]]), "Row 0 of .* holds 5"),
        (saved([[0, -1], [1, 0]]), "Row 0 of .* holds -1"),
    ],
)
def test_another_array_is_rejected_in_one_sentence_and_never_executed(tmp_path, monkeypatch, content, message) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "table.npy"
    path.write_bytes(content)
    with pytest.raises(InvalidConfig, match=message):
        read_answer_table(path)
    assert not (tmp_path / "executed").exists()


def test_a_missing_a_binary_and_a_huge_file_are_named(tmp_path) -> None:
    with pytest.raises(InvalidConfig, match=r"absent\.txt cannot be read: No such file"):
        read_answer_table(tmp_path / "absent.txt")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidConfig, match=r"binary\.txt is not a text file"):
        read_answer_table(tmp_path / "binary.txt")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(InvalidConfig, match=r"huge\.txt is larger than a table of 1,024 rows"):
        read_answer_table(tmp_path / "huge.txt")


def test_a_checkpoint_file_is_read_with_a_table(tmp_path) -> None:
    table = tuple(max(x, y) for x in range(7) for y in range(7))
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12, operation="table", table=table)
    train(config, TrainingConfig(epochs=1, frac_train=0.5), path=tmp_path / "run")
    file = tmp_path / "run" / "checkpoints" / "epoch-000001.safetensors"
    assert open_run(file, operation="table", table=table).config == config
    with pytest.raises(InvalidConfig, match="p is 5, but the table of answers has 7 rows; pass a table of p rows"):
        open_run(file, operation="table", table=table, p=5)
    with pytest.raises(InvalidConfig, match="'table' needs its answers; pass --operation table:FILE"):
        open_run(file, operation="table")
