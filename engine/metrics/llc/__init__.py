"""The local learning coefficient of a checkpoint, by Langevin sampling around its weights."""
