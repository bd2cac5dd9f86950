"""The file of TransformerLens' grokking demonstration: checkpoints, losses, and the split as indices."""

from engine.runs.stacked import Stack

TRANSFORMERLENS_DEMO = Stack("TransformerLens demo", states="checkpoints", epochs="checkpoint_epochs")
