"""The file of TransformerLens' grokking demonstration: checkpoints, losses, and the split as indices."""

from engine.runs.multi_checkpoint_file import Stack

TRANSFORMERLENS_DEMO = Stack("TransformerLens demo", states="checkpoints", epochs="checkpoint_epochs")
