"""Recipes: the training settings of publications, by name.

A recipe has what its publication, or the code of its authors, fixes and `train` can follow; all other settings are
chosen as usual (seed, schedule of checkpoints). What `train` does otherwise is named: `differs`. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RecipeName = Literal["nanda2023", "zhong2023", "gromov2023", "power2022", "liu2022"]


@dataclass(frozen=True)
class Recipe:
    """The settings of a publication, by the names of the options, where they are documented, and what differs here."""

    settings: Mapping[str, object]
    source: str
    differs: str = ""


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

_ZHONG_2023 = Recipe(
    settings={
        "p": 59,
        "operation": "add",
        "prompt": "x y",
        "d_model": 128,
        "n_heads": 4,
        "d_mlp": 512,
        "act_fn": "relu",
        "epochs": 20_000,
        "frac_train": 0.8,
        "lr": 1e-3,
        "weight_decay": 2.0,
        "betas": (0.9, 0.98),
        "warmup_steps": 10,
    },
    source="Zhong et al. 2023, The Clock and the Pizza, arXiv:2306.17844; sizes and optimiser from its code "
    "(train-main.py)",
    differs="attn_coeff varies there: 1, the default, is its usual attention, --attn-coeff 0 its constant attention; "
    "W_in starts there with standard deviation 1/sqrt(d_mlp), here 1/sqrt(d_model)",
)

_GROMOV_2023 = Recipe(
    settings={
        "arch": "mlp",
        "p": 97,
        "operation": "add",
        "n_layers": 1,
        "d_mlp": 500,
        "act_fn": "quadratic",
        "inputs": "one-hot",
        "joined": "concatenation",
        "biases": "none",
        "epochs": 2_000,
        "frac_train": 0.5,
        "lr": 0.01,
        "betas": (0.9, 0.98),
        "warmup_steps": 0,
    },
    source="Gromov 2023, Grokking modular arithmetic, arXiv:2301.02679; AdamW and epochs from the code of his group "
    "(d-doshi/Grokking)",
    differs="the loss there is the mean squared error, here cross-entropy, with the default weight decay; its weights "
    "start with standard deviation 0.5/(2 d_mlp)^(1/3)",
)

_POWER_2022 = Recipe(
    settings={
        "p": 97,
        "operation": "divide",
        "prompt": "x op y =",
        "n_layers": 2,
        "norm": "post",
        "positions": "sinusoidal",
        "d_model": 128,
        "n_heads": 4,
        "d_mlp": 512,
        "act_fn": "relu",
        "biases": "none",
        "epochs": 100_000,
        "frac_train": 0.5,
        "lr": 1e-3,
        "weight_decay": 1.0,
        "betas": (0.9, 0.98),
        "warmup_steps": 10,
    },
    source="Power et al. 2022, Grokking: generalization beyond overfitting on small algorithmic datasets, "
    "arXiv:2201.02177, appendix A.1; norms, positions and biases from its code (openai/grok)",
    differs="a step there is a minibatch of at most 512 pairs, here all train pairs; y is never 0 there; its prompt "
    "starts and ends with a further token; its weights start as PyTorch's layers do",
)

_LIU_2022 = Recipe(
    settings={
        "arch": "mlp",
        "p": 53,
        "operation": "add",
        "n_layers": 1,
        "d_mlp": 256,
        "act_fn": "relu",
        "inputs": "embedded",
        "joined": "sum",
        "d_model": 256,
        "biases": "all",
        "frac_train": 0.8,
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "warmup_steps": 0,
    },
    source="Liu et al. 2022, Towards understanding grokking, arXiv:2205.10343; the MLP on modular addition with the "
    "defaults of its code (grokking-squared: modular-mlp.py, config.py)",
    differs="the paper scans the learning rates of embedding and decoder and the weight decay of the decoder, here one "
    "rate, and the default decay of all weights; its embedding starts with standard deviation 1 and a linear layer "
    "follows the hidden one; x + y and y + x are there one pair; epochs are not fixed",
)

RECIPES: Mapping[RecipeName, Recipe] = {
    "nanda2023": _NANDA_2023,
    "zhong2023": _ZHONG_2023,
    "gromov2023": _GROMOV_2023,
    "power2022": _POWER_2022,
    "liu2022": _LIU_2022,
}
