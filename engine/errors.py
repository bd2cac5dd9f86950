"""The errors that are shown to users as one sentence, without a traceback."""

import re
import unicodedata

# Long enough for any real path, with what was found and expected.
_MAX_LENGTH = 2000
_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]*")
# Control, format, surrogate (undecodable bytes of a file name), private-use, unassigned, line and paragraph separator.
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def printable(text: str) -> str:
    """Escape control characters, so that names from a file cannot send control sequences to the terminal.

    >>> printable("\\x1b[2J is no checkpoint")
    '\\\\x1b[2J is no checkpoint'
    """
    if _PRINTABLE_ASCII.fullmatch(text):
        return text
    return "".join(repr(char)[1:-1] if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


class GrokError(Exception):
    """An error that the user can fix: one sentence with what was found, what was expected and what to do.

    Long sentences are shortened in the middle, and control characters are escaped.
    """

    def __init__(self, sentence: str) -> None:
        if len(sentence) > _MAX_LENGTH:
            sentence = f"{sentence[: _MAX_LENGTH // 2]} ... {sentence[-_MAX_LENGTH // 2 :]}"
        super().__init__(printable(sentence))


class UnreadableRun(GrokError):
    """The file or folder is not a run, or is damaged."""


class AmbiguousTask(UnreadableRun):
    """The tensors are valid, but a setting cannot be inferred and must be given."""


class RunNotReady(UnreadableRun):
    """The folder has no readable checkpoint yet: it is empty, or its first checkpoint is still being written."""


class UnsupportedModel(GrokError):
    """The network is not supported: expected one layer without LayerNorm or gate, with separate W_Q, W_K and W_V."""


class NeedsWeights(GrokError):
    """The run has recorded losses but no checkpoints, so nothing can be computed from its weights."""


class WrongUsage(GrokError):
    """An argument is invalid for any run."""


class UnknownQuery(GrokError):
    """The run does not have the requested epoch, neuron, head, or other part."""
