"""Rows of runs made by formula: a sweep over weight decay, fraction of train pairs and seeds, without training."""

from __future__ import annotations

from math import exp
from pathlib import Path

from engine.many_runs.run_row import LossCurve, MeasuredRun, RunRow, RunState

EPOCHS = 20_000
_STEP = 100


def made_run(
    weight_decay: float, seed: int, frac_train: float = 0.3, state: RunState = "finished", measured: bool = True
) -> RunRow:
    """A run that groks the later the weaker its weight decay is; below 0.3 it does not grok."""
    name = f"weight_decay={weight_decay:g},frac_train={frac_train:g},seed={seed}"
    grokked = round(9_000 / weight_decay * (0.3 / frac_train) * (1 + 0.08 * ((seed * 7) % 5 - 2)), -2)
    fall = int(grokked) if grokked < EPOCHS else None
    epochs = tuple(range(0, EPOCHS + 1, _STEP))
    test = tuple(_test_loss(epoch, grokked, seed) for epoch in epochs)
    train = tuple(max(4.7 * exp(-epoch / 150), 1e-7) for epoch in epochs)
    result = MeasuredRun(
        key_frequencies=tuple(sorted({1 + (seed * 13 + i * 11) % 56 for i in range(4 + seed % 3)})),
        memorised=1_400,
        grokked=fall,
        cleaned_up=None if fall is None or fall + 4_000 > EPOCHS else fall + 4_000,
        final={"accuracy.test": 1.0 if fall else 0.1, "trig_loss.test": 1e-7 if fall else 3.0},
    )
    return RunRow(
        name=name,
        path=Path("/sweep/runs") / name,
        state=state,
        settings={
            "p": 113,
            "operation": "add",
            "architecture": "transformer",
            "d_model": 128,
            "seed": seed,
            "weight_decay": weight_decay,
            "frac_train": frac_train,
        },
        epoch=EPOCHS,
        epochs=EPOCHS,
        train_loss=train[-1],
        test_loss=test[-1],
        train_accuracy=1.0 if measured else None,
        test_accuracy=(1.0 if fall else 0.1) if measured else None,
        losses=LossCurve(epochs, train, test),
        measured=result if measured else None,
    )


def _test_loss(epoch: int, grokked: float, seed: int) -> float:
    before = 4.7 + (seed % 4 + 16) * (1 - exp(-epoch / 800))
    after = 1e-6 * (1 + seed)
    share = 1 / (1 + exp(min((epoch - grokked + 1_000) / 250, 50)))
    return before**share * after ** (1 - share)


def made_sweep(n_seeds: int = 8) -> list[RunRow]:
    """4 weight decays x 3 fractions of train pairs x seeds."""
    return [
        made_run(weight_decay, seed, frac_train)
        for weight_decay in (0.3, 0.5, 1.0, 2.0)
        for frac_train in (0.3, 0.4, 0.5)
        for seed in range(n_seeds)
    ]
