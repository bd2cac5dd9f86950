"""Where a folder lies: on a disk of this machine, or on another one's, whose changes the kernel does not tell."""

from __future__ import annotations

import re
from pathlib import Path

_TABLE = Path("/proc/mounts")
_REMOTE = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    ]
)


def is_remote(folder: Path, table: Path = _TABLE) -> bool:
    """Whether a folder is on a network or shared mount, by the kernel's table; False where there is no table."""
    try:
        lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        place = folder.resolve()
    except OSError:
        return False
    mounted = [fields for line in lines if len(fields := line.split()) >= 3]
    holding = [fields for fields in mounted if place.is_relative_to(_unescaped(fields[1]))]
    if not holding:
        return False
    # Of several mounts on one place the last one counts.
    kind = max(enumerate(holding), key=lambda each: (len(_unescaped(each[1][1])), each[0]))[1][2]
    return kind in _REMOTE or kind.startswith("fuse.")


def _unescaped(place: str) -> str:
    """A mount point; blanks and the like stand in the table as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
