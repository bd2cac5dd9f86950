"""The errors a person is meant to read."""

import re
import unicodedata

# Room for a path of any length that occurs, and for what was found and expected beside it.
_LONGEST = 2000
_PLAIN = re.compile(r"[\x20-\x7e]*")
# Control and format characters, lone surrogates (bytes of a name that are no text), unassigned ones, line separators.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def printable(sentence: str) -> str:
    """One line that no file can drive a terminal with: control characters escaped.

    >>> printable("\\x1b[2J is no checkpoint")
    '\\\\x1b[2J is no checkpoint'
    """
    if _PLAIN.fullmatch(sentence):
        return sentence
    return "".join(repr(one)[1:-1] if unicodedata.category(one) in _UNSEEN else one for one in sentence)


class GrokError(Exception):
    """Something a person can mend: one sentence with what was found, what was expected and what to do."""

    def __init__(self, sentence: str) -> None:
        if len(sentence) > _LONGEST:
            sentence = f"{sentence[: _LONGEST // 2]} ... {sentence[-_LONGEST // 2 :]}"
        super().__init__(printable(sentence))


class UnreadableRun(GrokError):
    """A file or folder that is not a run, or not one that can be read."""


class RunNotReady(UnreadableRun):
    """A folder in which a run may be about to begin: empty, without a checkpoint, or with one half written."""


class UnsupportedModel(GrokError):
    """A model outside the family: one layer, no LayerNorm, no gate, separate q, k and v."""


class WrongUsage(GrokError):
    """A command was given something that no run could make sense of."""


class UnknownQuery(GrokError):
    """A question about something the run does not have: an epoch, a neuron, a head."""
