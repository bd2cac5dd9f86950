"""Runs on disk: `open_run` reads config, epochs, recorded losses and split; checkpoints are read on demand."""
