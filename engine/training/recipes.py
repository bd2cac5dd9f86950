"""Recipes: the training settings of publications, by name.

Only those that `train` can follow are listed. A recipe has what its publication fixes; all other settings are chosen as
usual (seed, schedule of checkpoints). Imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RecipeName = Literal["nanda2023"]


@dataclass(frozen=True)
class Recipe:
    """The settings of a publication, by their names in `run.json`, and where they are documented."""

    settings: Mapping[str, object]
    source: str


_NANDA_2023 = Recipe(
    settings={
        "p": 113,
        "operation": "add",
        "d_model": 128,
        "n_heads": 4,
        "d_mlp": 512,
        "act_fn": "relu",
        "epochs": 40_000,
        "frac_train": 0.3,
        "lr": 1e-3,
        "weight_decay": 1.0,
        "betas": (0.9, 0.98),
        "warmup_steps": 10,
    },
    source="Nanda et al. 2023, Progress measures for grokking via mechanistic interpretability, arXiv:2301.05217, "
    "section 3; betas and warm-up from its code, which the text does not mention",
)

RECIPES: Mapping[RecipeName, Recipe] = {"nanda2023": _NANDA_2023}
