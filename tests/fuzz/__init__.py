"""Fuzzing of the readers: randomly damaged runs are either read or rejected with one sentence."""
