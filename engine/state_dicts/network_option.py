"""The option `--network FILE.py:FUNCTION`: only it makes the program run code of the user's. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import WrongUsage


@dataclass(frozen=True)
class NetworkOption:
    """A function that builds the module of a checkpoint, and the module of its neurons if that is explicit."""

    file: Path
    function: str
    neurons: str | None = None

    @staticmethod
    def parse(text: str, neurons: str | None = None) -> NetworkOption:
        """Parse `FILE.py:FUNCTION`.

        >>> NetworkOption.parse("models/net.py:build").function
        'build'

        Raises:
            WrongUsage: the text is not of that form.
        """
        file, _, function = text.rpartition(":")
        if not (file.endswith(".py") and function.isidentifier()):
            raise WrongUsage(f"--network is FILE.py:FUNCTION, for example --network net.py:build; found {text!r}.")
        return NetworkOption(Path(file).expanduser(), function, neurons)

    def __str__(self) -> str:
        return f"{self.file}:{self.function}"
