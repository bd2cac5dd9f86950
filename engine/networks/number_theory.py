"""Primes and primitive roots, for numbers of the size of a vocabulary."""

from __future__ import annotations


def is_prime(n: int) -> bool:
    """Whether n is a prime.

    >>> [n for n in range(20) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    """
    return n > 1 and all(n % divisor for divisor in range(2, int(n**0.5) + 1))


def smallest_primitive_root(p: int) -> int:
    """The smallest number whose powers are all nonzero residues modulo the prime p.

    >>> [smallest_primitive_root(p) for p in (5, 7, 23, 113)]
    [2, 3, 5, 3]
    """
    proper_divisors = [d for d in range(1, p - 1) if (p - 1) % d == 0]
    return next(root for root in range(1, p) if all(pow(root, d, p) != 1 for d in proper_divisors))
