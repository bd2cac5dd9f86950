"""The endings of checkpoint files. Imports no torch: folders are listed without it."""

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".npz", ".pkl", ".pickle")
