from pathlib import Path

import pytest

from grok_tui.app.mounts import is_remote

TABLE = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/me/scratch xfs rw 0 0
me@box:/data /mnt/a\\040place fuse.sshfs rw 0 0
tmpfs /work tmpfs rw 0 0
//server/work /work cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/runs/a", False),
        ("/home", True),
        ("/home/me/run", True),
        ("/homestead/run", False),
        ("/home/me/scratch/run", False),
        ("/mnt/a place/run", True),
        ("/work/run", True),
    ],
)
def test_the_mount_that_holds_a_folder_decides(tmp_path, folder, remote) -> None:
    table = tmp_path / "mounts"
    table.write_text(TABLE)
    assert is_remote(Path(folder), table) is remote


def test_without_a_table_nothing_is_known(tmp_path) -> None:
    assert not is_remote(Path("/"), tmp_path / "none")
