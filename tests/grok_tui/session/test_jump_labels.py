"""Labels of jump mode: typing one decides."""

from __future__ import annotations

import pytest

from grok_tui.session.jump_labels import jump_labels


@pytest.mark.parametrize("count", [0, 1, 25, 26, 27, 51, 52, 300, 676])
def test_labels_are_distinct_and_none_starts_another(count: int) -> None:
    labels = jump_labels(count)
    assert len(set(labels)) == len(labels) == count
    assert not [(one, other) for one in labels for other in labels if one != other and other.startswith(one)]
    assert all(label.isalpha() and label.islower() and len(label) <= 2 for label in labels)
    assert all(len(label) == 1 for label in labels) == (count <= 26)


def test_the_first_places_keep_one_letter() -> None:
    assert [len(label) for label in jump_labels(30)] == [1] * 25 + [2] * 5


def test_more_places_than_labels_have_none() -> None:
    assert len(jump_labels(1000)) == 676
