"""Recorded losses and accuracies, from wherever a trainer left them: in checkpoints, or in files beside them."""
