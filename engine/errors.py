"""The errors a person is meant to read."""


class GrokError(Exception):
    """Something a person can mend: one sentence with what was found, what was expected and what to do."""


class UnreadableRun(GrokError):
    """A file or folder that is not a run, or not one that can be read."""


class NothingYet(UnreadableRun):
    """A folder in which a run may be about to begin: empty, without a checkpoint, or with one half written."""


class UnsupportedModel(GrokError):
    """A model outside the family: one layer, no LayerNorm, no gate, separate q, k and v."""


class UnknownQuery(GrokError):
    """A question about something the run does not have: an epoch, a neuron, a head."""
