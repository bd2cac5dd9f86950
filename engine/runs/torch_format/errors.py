"""Reasons to reject a checkpoint file."""

from __future__ import annotations


class RejectedCheckpoint(ValueError):
    """Base class: the file is not read any further."""


class MalformedCheckpoint(RejectedCheckpoint):
    """The file is truncated or damaged, or claims more than it contains."""


class ForbiddenGlobal(RejectedCheckpoint):
    """The pickle imports a name that is not on the allow-list."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnsupportedTensor(RejectedCheckpoint):
    """The pickle describes a sparse, quantised, nested or meta tensor."""


class OversizedTensor(RejectedCheckpoint):
    """A tensor claims more numbers than are stored for it; a stride of 0 permits any shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(str(list(shape)))
        self.shape = shape


class ScriptArchive(RejectedCheckpoint):
    """The zip archive was written by `torch.jit.save`: it contains code."""


class CompressedArchive(RejectedCheckpoint):
    """The zip archive has compressed entries, so it may unpack to far more than its size."""
