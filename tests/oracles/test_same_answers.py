"""The comparison of answers finds what was lost, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracles.same_answers import compare, lost


def saved(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(text)
    return folder


def test_added_fields_and_columns_are_allowed(tmp_path: Path) -> None:
    before = saved(tmp_path / "before", pair_json='{"rows": [1, 2]}', pair_csv="x,y\n1,2\n")
    after = saved(tmp_path / "after", pair_json='{"rows": [1, 2], "more": 3}', pair_csv="x,new,y\n1,9,2\n")
    assert compare(before, after) == []


@pytest.mark.parametrize(
    ("new", "line"),
    [
        ({"rows": [1, 2]}, "/unit is missing"),
        ({"rows": [1, 3], "unit": "nats"}, "/rows/1: 2 became 3"),
        ({"rows": [1], "unit": "nats"}, "/rows: [1, 2] became [1]"),
        ({"rows": [1, None], "unit": "nats"}, "/rows/1: 2 became None"),
    ],
)
def test_a_lost_or_changed_value_is_reported(new: dict[str, object], line: str) -> None:
    assert list(lost({"rows": [1, 2], "unit": "nats"}, new, "")) == [line]


def test_a_renamed_view_is_compared_under_its_new_name(tmp_path: Path) -> None:
    before = saved(tmp_path / "before", bench_json=json.dumps({"view": "bench", "rows": []}))
    after = saved(tmp_path / "after", ablation_json=json.dumps({"view": "ablation", "rows": []}))
    assert compare(before, after) == []
    assert compare(before, saved(tmp_path / "none")) == ["bench.json: missing"]
