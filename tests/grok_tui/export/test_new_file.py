"""New files are atomic and never overwrite another file."""

import pytest

from grok_tui.export.new_file import write_new


def test_an_existing_file_is_kept_and_no_temporary_file_remains(tmp_path):
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
