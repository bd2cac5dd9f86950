"""A file is written whole or not at all, and never over another."""

import pytest

from grok_tui.export.new_file import write_new


def test_nothing_is_overwritten_and_nothing_is_left_behind(tmp_path):
    names = [write_new(tmp_path / "view.txt", text).name for text in ("one", "two", "three")]
    assert names == ["view.txt", "view-1.txt", "view-2.txt"]
    assert [(tmp_path / name).read_text() for name in names] == ["one", "two", "three"]
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "view.txt").stat().st_mode & 0o400


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_new(tmp_path / "view.txt", "text")
    assert list(tmp_path.iterdir()) == []
