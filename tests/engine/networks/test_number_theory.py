"""Primes and primitive roots against their definitions."""

from engine.networks.number_theory import is_prime, smallest_primitive_root


def test_a_prime_has_two_divisors() -> None:
    for n in range(1, 200):
        assert is_prime(n) == ([d for d in range(1, n + 1) if n % d == 0] == [1, n])


def test_the_powers_of_a_primitive_root_are_all_nonzero_residues() -> None:
    for p in filter(is_prime, range(3, 120)):
        root = smallest_primitive_root(p)
        assert {pow(root, i, p) for i in range(p - 1)} == set(range(1, p))
        assert all(len({pow(smaller, i, p) for i in range(p)}) < p - 1 for smaller in range(2, root))
