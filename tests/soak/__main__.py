"""Soak tests, too long for the test suite: `make soak`."""

from tests.soak import kill_sweep, kill_training

if __name__ == "__main__":
    kill_training.main()
    kill_sweep.main()
