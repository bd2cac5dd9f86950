"""Files that are written whole or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_new(path: Path, content: str) -> Path:
    """Write to `path`, or to name-1, name-2, ... where that exists; returns where. All or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        # A private temporary file becomes an ordinary one: readable as the umask says.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        return _claim(Path(temporary), path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _claim(temporary: Path, path: Path) -> Path:
    """The first free name for the temporary file. A link, unlike a rename, fails where a name is taken."""
    number = 0
    while True:
        target = path if number == 0 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            os.link(temporary, target)
            return target
        except FileExistsError:
            number += 1
        except OSError:
            # No hard links on this file system: reserve the name, then move onto it.
            try:
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                number += 1
                continue
            temporary.replace(target)
            return target
