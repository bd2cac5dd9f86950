"""Sweeps on Slurm: `executor` submits and follows their jobs."""
