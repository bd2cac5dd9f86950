"""Primes against their definition."""

from engine.networks.number_theory import is_prime


def test_a_prime_has_two_divisors() -> None:
    for n in range(1, 200):
        assert is_prime(n) == ([d for d in range(1, n + 1) if n % d == 0] == [1, n])
