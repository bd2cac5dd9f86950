"""Names of checkpoints without a number: `init`, `final`, `best`, `last`."""

from __future__ import annotations

import re

_MODEL = "(?:model|checkpoint|ckpt|weights|net)"
_FIRST = re.compile(rf"(?:{_MODEL}[-_.]?)?init(?:ial)?(?:[-_.]?{_MODEL})?", re.IGNORECASE)
_LATER = re.compile(rf"(?:{_MODEL}[-_.]?)?(?:best|final|latest|last|end)(?:[-_.]?{_MODEL})?", re.IGNORECASE)


def is_first_file(stem: str) -> bool:
    """Whether a name without its suffix is that of a checkpoint before the first epoch, such as `init`."""
    return _FIRST.fullmatch(stem) is not None


def is_end_file(stem: str) -> bool:
    """Whether a name without its suffix is that of a first or last checkpoint.

    >>> [is_end_file(stem) for stem in ("final", "model_best", "last-checkpoint", "bestiary")]
    [True, True, True, False]
    """
    return is_first_file(stem) or _LATER.fullmatch(stem) is not None
