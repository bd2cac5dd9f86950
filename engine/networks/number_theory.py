"""Primes and primitive roots, for numbers of the size of a vocabulary."""

from __future__ import annotations


def is_prime(n: int) -> bool:
    """Whether n is a prime.

    >>> [n for n in range(20) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    """
    return n > 1 and all(n % divisor for divisor in range(2, int(n**0.5) + 1))
