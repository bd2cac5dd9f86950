"""The file of TransformerLens' grokking demonstration: checkpoints, losses, and the split as indices."""

from engine.runs.multi_checkpoint_file import MultiCheckpointFormat

TRANSFORMERLENS_DEMO = MultiCheckpointFormat("TransformerLens demo", states="checkpoints", epochs="checkpoint_epochs")
