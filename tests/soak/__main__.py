"""What only long runs can show: `make soak`."""

from tests.soak import kill_training

if __name__ == "__main__":
    kill_training.main()
