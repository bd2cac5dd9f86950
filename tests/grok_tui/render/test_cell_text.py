"""Names keep their letters, in as many cells as a terminal gives them, and cannot control it."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from grok_tui.render.cell_text import clean, cut_cells, from_cells, to_cells

NAMES = ["plain", "größe", "実験-モデル", "모델 2", "🧪 run", "модель", "ｆｕｌｌ", "x\u0302 mean", "か\u3099", "한글"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_takes_the_cells_of_a_terminal(name: str) -> None:
    cells = to_cells(name)
    assert len(cells) == cell_len(from_cells(cells))
    assert clean(name) == name


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("実験-モデル", "実験-モデル"),
        ("gro\u0308\u00dfe", "größe"),  # macOS decomposes the names of files
        ("か\u3099", "が"),
        ("x\u0302", "x"),  # there is no composed x with a circumflex
        ("👩\u200d🔬", "👩🔬"),
        ("esc\x1b[2J", "esc·[2J"),
        ("right\u202eleft", "right·left"),
        ("private \ue001", "private ·"),
    ],
)
def test_letters_stay_in_cells(name: str, printed: str) -> None:
    assert from_cells(to_cells(name)) == printed


@pytest.mark.parametrize("name", ["esc\x1b[2J", "\x9b31m", "line\nbreak", "\u202e", "\ud800", "\ue000", "\u2028"])
def test_nothing_controls_the_terminal(name: str) -> None:
    assert clean(name).isprintable()
    assert to_cells(name).isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_has_its_width_everywhere(name: str) -> None:
    cells = to_cells(name)
    for start in range(len(cells) + 1):
        for end in range(start, len(cells) + 1):
            cut = cut_cells(cells, start, end)
            assert len(cut) == cell_len(from_cells(cut)) == end - start
