"""Titles are shortened by words, then by parts; numbers are never cut."""

import pytest
from rich.cells import cell_len

from grok_tui.render.cell_text import from_cells
from grok_tui.render.titles import fit_parts, fit_title

NEURON = "neuron 12 · activation over x, y · epoch 5,000"
CLUSTERS = "clusters · epoch 40,000 · keys of 40,000"
PHASES = "phases of neurons and of what they write · frequency 42 · epoch 40,000"


@pytest.mark.parametrize(
    ("title", "name", "width", "shortened"),
    [
        (NEURON, "neuron", 46, NEURON),
        (NEURON, "neuron", 45, "neuron 12 · epoch 5,000"),
        (NEURON, "spectrum", 45, "neuron 12 · spectrum · epoch 5,000"),
        ("quadratic fraction before and after · epoch 100", "quadratic", 40, "quadratic · epoch 100"),
        ("embedding dimensions 0 and 1 · epoch 40,000", "embedding", 36, "embedding · epoch 40,000"),
        (CLUSTERS, "clusters", 39, "clusters · epoch 40,000"),
        (PHASES, "neuron-phases", 50, "neuron-phases · frequency 42 · epoch 40,000"),
        (PHASES, "neuron-phases", 35, "neuron-phases · epoch 40,000"),
        (PHASES, "neuron-phases", 15, "neuron-phases"),
        (PHASES, "neuron-phases", 8, "neuron-…"),
    ],
)
def test_a_title_loses_words_before_numbers_and_its_epoch_last(title, name, width, shortened) -> None:
    assert fit_title(title, name, width) == shortened


def test_a_line_is_shortened_by_whole_parts() -> None:
    line = "overview · demo · epoch 40,000 (62 of 62) · keys 14, 35"
    assert fit_parts(line, len(line)) == line
    assert fit_parts(line, len(line) - 1) == "overview · demo · epoch 40,000 (62 of 62)"
    assert fit_parts(line, 3) == "ov…"
    assert fit_parts("", 0) == ""


def test_wide_letters_are_cut_by_cells() -> None:
    for width in range(1, 12):
        shortened = from_cells(fit_parts("実験-モデル", width))
        assert min(width, 11) - 1 <= cell_len(shortened) <= min(width, 11)  # no half of a wide letter
        assert shortened.endswith("…") == (width < 11)
    assert from_cells(fit_parts("実験 · epoch 40", 15)) == "実験 · epoch 40"
    assert from_cells(fit_parts("実験 · epoch 40", 14)) == "実験"
