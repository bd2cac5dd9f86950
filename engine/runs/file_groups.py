"""Group the checkpoint files of a folder by the pattern of their names: those of one run have the same. No torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.runs.checkpoint_listing import Listing
from engine.runs.end_names import is_end_file
from engine.runs.epoch_names import NumberedName, split_name


@dataclass
class FileGroups:
    """The numbered files of each pattern, those with the name of a first or last checkpoint, and all others."""

    numbered: Mapping[tuple[str, ...], Mapping[str, NumberedName]]
    ends: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def are_ambiguous(self) -> bool:
        """Whether no pattern is more common than another."""
        sizes = sorted(map(len, self.numbered.values()), reverse=True)
        return len(sizes) > 1 and sizes[0] == sizes[1]

    @property
    def are_one_run(self) -> bool:
        """Whether the names show a run of several checkpoints, and not a folder of single files."""
        largest = max(map(len, self.numbered.values()), default=0)
        alone = largest + len(self.ends) == 1 and bool(self.others)
        return not self.are_ambiguous and not alone and largest + len(self.ends) > 0


def group_files(listing: Listing) -> FileGroups:
    """Group the files of a listing by the pattern of their names."""
    numbered: dict[tuple[str, ...], dict[str, NumberedName]] = defaultdict(dict)
    ends: list[str] = []
    others: list[str] = []
    for file, name in listing.files.items():
        if is_end_file(name):
            ends.append(file)
        elif (found := split_name(name)) is not None:
            numbered[found.pattern][file] = found
        else:
            others.append(file)
    return FileGroups(numbered, ends, others)
