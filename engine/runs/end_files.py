"""Checkpoints without a number in their name: `init`, `final`, `best`, `last`, by the epoch that they record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UnreadableRun
from engine.runs.checkpoint_series import FileEntry
from engine.runs.end_names import is_first_file
from engine.runs.folder_snapshot import file_path
from engine.runs.losses.payload_losses import list_lengths
from engine.runs.recorded_epochs import epochs_in
from engine.runs.skipped_checkpoints import skip_warning
from engine.runs.torch_format.checkpoint_file import read_file


@dataclass
class EndFiles:
    """The entries of such files, and the warnings about those that cannot be used."""

    entries: list[FileEntry] = field(default_factory=list)
    first: FileEntry | None = None  # `init`
    unreadable: dict[str, str] = field(default_factory=dict)  # warnings by path
    without_epoch: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        return [*self.unreadable.values(), *self.without_epoch]

    @property
    def are_of_papers_trainer(self) -> bool:
        return any(Path(entry.name).stem in ("init", "final") for entry in self.entries)


def read_end_files(folder: Path, names: Sequence[str]) -> EndFiles:
    """Read the files, to find their epochs.

    `init` is epoch 0. Any other has its recorded epoch, else the number of losses that it lists.
    """
    ends = EndFiles()
    for name in names:
        file = folder / name
        try:
            payload = read_file(file)
        except UnreadableRun as error:
            ends.unreadable[file_path(folder, name)] = skip_warning(error)
            continue
        if is_first_file(file.stem):
            ends.first = FileEntry(0, str(folder), name)
            ends.entries.append(ends.first)
        elif recorded := epochs_in(payload):
            ends.entries.append(FileEntry(recorded[0], str(folder), name))
        elif lengths := list_lengths(payload):
            ends.entries.append(FileEntry(max(lengths.values()), str(folder), name))
        else:
            ends.without_epoch.append(f"{file} was skipped: it records no epoch.")
    return ends
