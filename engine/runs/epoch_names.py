"""The epoch in the name of a file or folder: `step_1000`, `epoch=3-step=400`, `ckpt_10k`, `1e3`."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_EPOCH = 2**53  # float64 represents every whole number below this

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
# 1.5k, 10k, 2M, 1e3 and 1,000 end at a separator; else the digits alone are the number.
_NUMBER = r"(?P<number>\d+(?:\.\d+)?(?:[km]|e\+?\d+)(?![a-z\d])|\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_LABEL = r"(?:epochs?|ep|(?:global[-_]?)?steps?|iter(?:ation)?s?|updates?|ckpt|checkpoint)"
_LABELLED = re.compile(rf"(?<![a-z]){_LABEL}[-_=.]?{_NUMBER}", re.IGNORECASE | re.ASCII)
_UNLABELLED = (
    re.compile(r"(?<![a-z\d.])(?P<number>\d+(?:\.\d+)?(?:[km]|e\+?\d+))$", re.IGNORECASE | re.ASCII),
    re.compile(r"(?<!\d)(?P<number>\d+)$", re.ASCII),
    re.compile(r"(?:^|.*[-_=])(?P<number>\d+)(?=[-_])", re.ASCII),
)
_DECIMAL = r"\d+(?:\.\d+)?(?:e[-+]?\d+)?"
# A number after one of these words is a setting: its values are different runs.
_SETTING = re.compile(
    rf"(?<![a-z])(?:p|mod|prime|seed|lr|wd|weight_?decay|d_?model|d_?mlp|n_?heads|n_?layers|dim|width|frac|train_?frac|"
    rf"exp|trial|fold|version|v)[-_=]?{_DECIMAL}",
    re.IGNORECASE | re.ASCII,
)
# These numbers differ from checkpoint to checkpoint of a run but are no epochs: dates, times, losses, accuracies.
_MEASURED = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?P<dash>[-_.]?)[01]\d(?P=dash)[0-3]\d(?:[-_T ]?[0-2]\d(?:[-_.:h]?[0-5]\d){1,2})?(?!\d)"
    rf"|(?<=loss|_acc|-acc|racy|_nll|-nll)[-_=]?{_DECIMAL}(?![a-z])",
    re.IGNORECASE | re.ASCII,
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_VALUE = re.compile(r"(?P<digits>\d+(?:\.\d+)?(?:e\+?\d+)?)(?P<unit>[km]?)", re.IGNORECASE | re.ASCII)


class NumberedName(NamedTuple):
    """A name with numbers that may be its epoch, the most likely first; names of one run have the same `pattern`."""

    numbers: tuple[int, ...]
    pattern: tuple[str, ...]  # the text before the first number, that after it with # for digits, and its settings


def parse_epoch(text: str) -> int | None:
    """The epoch that a text spells; None if it is not a whole number or too large.

    >>> [parse_epoch(text) for text in ("500", "500.0", "1e3", "1.5k", "2M", "1,000", "0.5", "many")]
    [500, 500, 1000, 1500, 2000000, 1000, None, None]
    """
    match = _VALUE.fullmatch(_THOUSANDS.sub("", text))
    if match is None or len(text) > 40:
        return None
    if match["digits"].isdecimal():
        value = int(match["digits"]) * _UNITS[match["unit"].lower()]
        return value if value < MAX_EPOCH else None
    number = float(match["digits"]) * _UNITS[match["unit"].lower()]
    return int(number) if number < MAX_EPOCH and number.is_integer() else None


def split_name(stem: str) -> NumberedName | None:
    """The numbers after words such as `step` or `epoch`, else the last one; None if there is none.

    Dates, losses, accuracies and settings such as `seed3` are no epochs.

    >>> split_name("p7_epoch=3-loss=0.12")
    NumberedName(numbers=(3,), pattern=('p7_epoch=', '-loss*', 'p7'))
    >>> split_name("epoch=3-step=400").numbers
    (3, 400)
    >>> split_name("step_10k").numbers, split_name("300_seed7").numbers, split_name("seed7")
    ((10000,), (300,), None)
    """
    plain = _MEASURED.sub("*", stem)
    masked = _SETTING.sub(lambda setting: "~" * len(setting.group()), plain)  # of the same length
    labelled = [
        (match, epoch) for match in _LABELLED.finditer(masked) if (epoch := parse_epoch(match["number"])) is not None
    ]
    if not labelled:
        unlabelled = ((match, parse_epoch(match["number"])) for regex in _UNLABELLED if (match := regex.search(masked)))
        labelled = [(match, epoch) for match, epoch in unlabelled if epoch is not None][:1]
    if not labelled:
        return None
    first = labelled[0][0]
    before, after = plain[: first.start("number")], masked[first.end("number") :]
    settings = [setting.group() for setting in _SETTING.finditer(plain)]
    return NumberedName(tuple(epoch for _, epoch in labelled), (before, re.sub(r"\d+", "#", after), *settings))


def epoch_of_single(stem: str) -> int | None:
    """The epoch in the name of a file that is opened alone: a number after a word such as `step`, or nothing else.

    >>> epoch_of_single("step_1k"), epoch_of_single("300"), epoch_of_single("final_p7")
    (1000, 300, None)
    """
    match = _LABELLED.search(stem)
    return parse_epoch(match["number"] if match else stem)
