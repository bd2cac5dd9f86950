"""The 100 triples (x, y, answer) over which gradient symmetricity is published.

They come first when all p^3 triples, in order, are shuffled by `random.Random(42).shuffle`. Shuffling a list of them
takes a second at p = 113, so the shuffle is followed back from its first 100 places, with the same random numbers.
"""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

N_TRIPLES, _SEED = 100, 42
# Above it the random numbers of the shuffle take more than 64 MB.
LARGEST_P = 256

_Ints = NDArray[np.int64]


@lru_cache(maxsize=16)
def published_triples(p: int) -> _Ints:
    """The triples as rows x, y, answer; fewer than 100 if p^3 is smaller. [triple, 3]

    The source is the code of Zhong et al. 2023, "The Clock and the Pizza" (arXiv:2306.17844).

    >>> published_triples(59)[0].tolist()
    [29, 1, 57]
    """
    assert p <= LARGEST_P
    index = shuffled_start(p**3, N_TRIPLES)
    return np.stack([index // p**2, index // p % p, index % p], axis=1)


def shuffled_start(n: int, count: int) -> _Ints:
    """The first numbers of 0 .. n-1 after `random.Random(42).shuffle`. [min(n, count)]

    The shuffle swaps i with a random j <= i, for i = n-1 down to 1. Backwards, a number at place q before the last
    swaps is at j_q after swap q, and then at the place i of each later i with j_i equal to its place.
    """
    swapped = _swaps(n)  # [i]: j_i
    count = min(n, count)
    at = np.arange(count)  # the place of each number, followed back to before swap i
    followed = np.full(n, -1)  # the number that is at a place; -1: none of them
    followed[:count] = at
    i = 1
    while i < n:
        # Few swaps touch the followed places: the next ones are looked for in blocks that hold about one.
        stop = min(n, max(count, i + max(1, i // count)))
        hits = np.flatnonzero((followed[swapped[i:stop]] >= 0) | (followed[i:stop] >= 0))
        if not hits.size:
            i = stop
            continue
        i += int(hits[0])
        j = swapped[i]
        followed[i], followed[j] = followed[j], followed[i]
        for place in (i, j):
            if followed[place] >= 0:
                at[followed[place]] = place
        i += 1
    return at


def _swaps(n: int) -> _Ints:
    """j_i of the shuffle for i = 1 .. n-1: uniform from 0 to i, by rejection of random bits, from i = n-1 down.

    [i], 0 at i = 0
    """
    swapped = np.zeros(n, dtype=np.int64)
    words = _RandomWords()
    i = n - 1
    while i > 0:
        bits = (i + 1).bit_length()
        last = max(1, (1 << (bits - 1)) - 1)  # down to it the numbers have as many bits
        drawn = words.next(min(8192, 2 * (i - last + 1))) >> (32 - bits)
        accepted = _accepted(drawn, i, last)
        found = drawn[accepted]
        swapped[i - len(found) + 1 : i + 1] = found[::-1]
        i -= len(found)
        if i < last and found.size:  # the rest belongs to numbers with fewer bits
            words.put_back(len(drawn) - 1 - int(accepted[-1]))
    return swapped


def _accepted(drawn: _Ints, i: int, last: int) -> _Ints:
    """The positions of the numbers that the shuffle takes for i, i-1, ... `last`: each at most its i."""
    # What is at most i minus the number of draws before it is taken whatever came before; more than i is never.
    certain = drawn <= i - np.arange(len(drawn))
    taken = certain.copy()
    before = np.cumsum(certain)
    extra = 0
    for position in np.flatnonzero(~certain & (drawn <= i)).tolist():
        if drawn[position] <= i - int(before[position]) - extra:
            taken[position] = True
            extra += 1
    return np.flatnonzero(taken)[: i - last + 1]


class _RandomWords:
    """The 32-bit words of `random.Random(42)`, many at a time."""

    def __init__(self) -> None:
        _, state, _ = random.Random(_SEED).getstate()
        self._generator = np.random.MT19937()
        self._generator.state = {
            "bit_generator": "MT19937",
            "state": {"key": np.array(state[:-1], dtype=np.uint32), "pos": state[-1]},
        }
        self._words = np.empty(0, dtype=np.int64)
        self._left = 0

    def next(self, count: int) -> _Ints:
        """The next words. [count]"""
        if count > self._left:
            remaining = self._words[len(self._words) - self._left :]
            fresh = self._generator.random_raw(max(count, 8192)).astype(np.int64)
            self._words = np.concatenate([remaining, fresh])
            self._left = len(self._words)
        start = len(self._words) - self._left
        self._left -= count
        return self._words[start : start + count]

    def put_back(self, count: int) -> None:
        """Hand out the last `count` words again."""
        self._left += count
