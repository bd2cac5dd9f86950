"""Loss curves of many runs, aligned by epoch or by the epoch of grokking, and their mean or median with a band."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from engine.many_runs.loss_thinning import thinning_epochs
from engine.many_runs.run_row import RunRow
from engine.many_runs.statistic import statistic

Part = Literal["train", "test"]
Alignment = Literal["epoch", "grokked"]
Middle = Literal["median", "mean", "geometric mean"]

# What the band of each middle is.
BANDS: Mapping[Middle, str] = {
    "median": "from the first to the third quartile",
    "mean": "one standard deviation on either side",
    "geometric mean": "one standard deviation of the logarithm on either side",
}
_ENOUGH = 20  # round epochs to compare curves at

Summary = tuple[float, float | None, float | None]  # middle, low, high


@dataclass(frozen=True)
class Curve:
    """The losses of one run that are present, by epoch; aligned by grokking, by epochs after it (negative: before)."""

    run: str
    epochs: tuple[int, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True)
class AlignedCurves:
    """The curves of runs. `left_out` names runs without such losses, or, aligned by grokking, that have not grokked."""

    part: Part
    alignment: Alignment
    curves: tuple[Curve, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurveBand:
    """The middle of several curves and a band around it, at epochs that most of them have.

    `n` counts the curves that reach an epoch: none is continued beyond its ends. A curve without a loss at an epoch
    counts with that of its nearest one; `largest_distance` is the largest distance, in epochs. `low` and `high` are
    None where fewer than two curves reach. Losses in nats.
    """

    middle_is: Middle
    epochs: tuple[int, ...]
    middle: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    n: tuple[int, ...]
    largest_distance: int

    @property
    def description(self) -> str:
        """What the band is and how the curves were aligned, in words."""
        text = f"{self.middle_is}, band {BANDS[self.middle_is]}"
        if self.largest_distance == 0:
            return text
        return f"{text}; nearest epochs, at most {self.largest_distance:,} away"


def align_curves(rows: Sequence[RunRow], part: Part = "test", alignment: Alignment = "epoch") -> AlignedCurves:
    """The loss curves of rows, aligned by epoch or by the epoch of grokking."""
    curves, left_out = [], []
    for row in rows:
        shift = 0 if alignment == "epoch" else None if row.measured is None else row.measured.grokked
        losses = row.losses.train if part == "train" else row.losses.test
        points = [(epoch, loss) for epoch, loss in zip(row.losses.epochs, losses, strict=True) if loss is not None]
        if shift is None or not points:
            left_out.append(row.name)
        else:
            epochs, present = zip(*points, strict=True)
            curves.append(Curve(row.name, tuple(epoch - shift for epoch in epochs), present))
    return AlignedCurves(part, alignment, tuple(curves), tuple(left_out))


def band_of(aligned: AlignedCurves, middle: Middle = "median") -> CurveBand:
    """The middle of curves at each of the epochs at which they can be compared, with a band around it.

    median: quartiles by linear interpolation. mean: the sample standard deviation (n - 1); the band may reach below 0.
    geometric mean: the exponential of mean and standard deviation of the logarithm; losses of 0 have none and are left
    out.
    """
    points: list[tuple[int, Summary, int]] = []  # epoch, summary, number of curves
    largest = 0
    for epoch in comparison_epochs(aligned):
        nearest = [found for curve in aligned.curves if (found := nearest_loss(curve, epoch)) is not None]
        summary = _SUMMARIES[middle]([loss for loss, _ in nearest])
        if summary is not None:
            largest = max(largest, *(distance for _, distance in nearest))
            points.append((epoch, summary, len(nearest)))
    return CurveBand(
        middle_is=middle,
        epochs=tuple(epoch for epoch, _, _ in points),
        middle=tuple(summary[0] for _, summary, _ in points),
        low=tuple(summary[1] for _, summary, _ in points),
        high=tuple(summary[2] for _, summary, _ in points),
        n=tuple(n for _, _, n in points),
        largest_distance=largest,
    )


def comparison_epochs(aligned: AlignedCurves) -> list[int]:
    """The epochs at which curves are compared.

    Aligned by epoch: the round ones that some curve has, or, if these are few, all that the longest curve has. Aligned
    by grokking, where runs of one schedule have no epochs in common: round ones.
    """
    curves = aligned.curves
    if not curves:
        return []
    first, last = min(curve.epochs[0] for curve in curves), max(curve.epochs[-1] for curve in curves)
    if aligned.alignment == "grokked":
        before = {-epoch for epoch in thinning_epochs(max(-first, 0))}
        return [epoch for epoch in sorted({*before, *thinning_epochs(max(last, 0))}) if first <= epoch <= last]
    known = {epoch for curve in curves for epoch in curve.epochs}
    round_ones = sorted(known.intersection(thinning_epochs(last)))
    longest = max(curves, key=lambda curve: len(curve.epochs)).epochs
    return round_ones if len(round_ones) >= min(len(longest), _ENOUGH) else list(longest)


def nearest_loss(curve: Curve, epoch: int) -> tuple[float, int] | None:
    """The loss at the nearest epoch of a curve, and its distance in epochs; None beyond the ends of the curve."""
    if not curve.epochs[0] <= epoch <= curve.epochs[-1]:
        return None
    index = bisect_left(curve.epochs, epoch)
    if curve.epochs[index] != epoch and epoch - curve.epochs[index - 1] <= curve.epochs[index] - epoch:
        index -= 1
    return curve.losses[index], abs(curve.epochs[index] - epoch)


def _median(losses: Sequence[float]) -> Summary:
    ordered = sorted(losses)
    middle = _quantile(ordered, 0.5)
    return (middle, None, None) if len(ordered) < 2 else (middle, _quantile(ordered, 0.25), _quantile(ordered, 0.75))


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    place = fraction * (len(ordered) - 1)
    index = int(place)
    following = ordered[min(index + 1, len(ordered) - 1)]
    return ordered[index] + (place - index) * (following - ordered[index])


def _mean(losses: Sequence[float]) -> Summary | None:
    found = statistic(losses)
    if found.mean is None:
        return None
    return (found.mean, None, None) if found.sd is None else (found.mean, found.mean - found.sd, found.mean + found.sd)


def _geometric_mean(losses: Sequence[float]) -> Summary | None:
    of_logs = _mean([log(loss) for loss in losses if loss > 0])
    if of_logs is None:
        return None
    middle, low, high = of_logs
    return exp(middle), None if low is None else exp(low), None if high is None else exp(high)


_SUMMARIES: Mapping[Middle, Callable[[Sequence[float]], Summary | None]] = {
    "median": _median,
    "mean": _mean,
    "geometric mean": _geometric_mean,
}
