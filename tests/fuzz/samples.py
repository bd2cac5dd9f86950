"""Valid small runs in every readable format, as seeds for fuzzing."""

from __future__ import annotations

import argparse
import json
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.parameters import initial_parameters, weights_of
from engine.networks.split import Split, random_seed_split
from engine.networks.training_config import TrainingConfig
from engine.networks.weights import Weights, weight_shapes
from engine.runs.losses_csv import append_losses
from engine.runs.native_run import write_checkpoint, write_run
from engine.training.run_options import settings_of_new_run
from tests.engine.runs.losses.event_bytes import event_file, simple_event
from tests.engine.state_dicts.foreign import state_2022, transformerlens_state

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
State = dict[str, Tensor]

try:
    import google.protobuf  # noqa: F401

    HAS_PROTOBUF = True
except ImportError:
    HAS_PROTOBUF = False


def write_samples(folder: Path) -> list[Path]:
    """Write all samples; returns their paths, files and folders."""
    folder.mkdir(parents=True)
    writers = [_native, _listed_split, _paper_trainer, _steps, _safetensors_steps, _steps_with_values]
    writers += [_other_names, _losses_only, _folder_below, _folder_each, _sharded, _native_deep, _native_mlp]
    if HAS_PROTOBUF:  # reading events without it would import it again and again, which the audit reports
        writers.append(_events)
    for writer in writers:
        writer(folder / writer.__name__.strip("_"))
    _files(folder)
    return sorted(folder.iterdir())


def weights(seed: int, config: ModelConfig = CONFIG) -> Weights:
    """Random weights of realistic size."""
    generator = torch.Generator().manual_seed(seed)
    shapes = weight_shapes(config).items()
    return Weights(**{name: torch.randn(shape, generator=generator) / 3 for name, shape in shapes})


def state(seed: int) -> State:
    return transformerlens_state(weights(seed))


def _native(path: Path, split: Split | None = None) -> None:
    recipe = Split(random_seed_split(7, 0, 14), "random.seed", 0)
    write_run(path, CONFIG, split or recipe, TrainingConfig(epochs=100))
    for epoch in (0, 50, 100):
        write_checkpoint(path, epoch, weights(epoch), torch.float16 if epoch == 50 else torch.float32)
    append_losses(path, [(epoch, 1 / (1 + epoch), None if epoch % 10 else 2.0) for epoch in range(101)])


def _native_deep(path: Path) -> None:
    _native_general(path, {"norm": "pre", "n_layers": 2, "p": 7, "d_model": 8, "n_heads": 2, "d_mlp": 12})


def _native_mlp(path: Path) -> None:
    _native_general(path, {"arch": "mlp", "n_layers": 2, "inputs": "embedded", "p": 7, "d_model": 8, "d_mlp": 12})


def _native_general(path: Path, options: dict[str, int | str]) -> None:
    config, training = settings_of_new_run({**options, "epochs": 100})
    write_run(path, config, Split(random_seed_split(7, 0, 14), "random.seed", 0), training)
    for epoch in (0, 100):
        weights = weights_of(config, initial_parameters(config, epoch, "all"))
        write_checkpoint(path, epoch, weights, torch.float32)


def _listed_split(path: Path) -> None:
    _native(path, Split(random_seed_split(7, 3, 20), "file"))


def _paper_trainer(path: Path) -> None:
    path.mkdir()
    pairs = [(1, 2, 7), (6, 0, 7)]
    torch.save({"model": state(9), "train_data": pairs, "test_data": []}, path / "init.pth")
    for epoch in (0, 100):
        loss = {"train_loss": torch.tensor(0.5), "test_loss": torch.tensor(2.0), "epoch": epoch}
        torch.save({"model": state_2022(weights(epoch)), **loss}, path / f"{epoch}.pth")
    losses = {"train_losses": [0.5] * 300, "test_losses": [2.0] * 30, "epoch": 300}
    torch.save({"model": state(300), **losses}, path / "final.pth")


def _steps(path: Path) -> None:
    path.mkdir()
    for step in (0, 10, 200):
        torch.save({"model": state(step), "step": step, "args": {"lr": 1e-3}}, path / f"step_{step}.pt")
    rows = "".join(f"{step},{1 / (step + 1)},{2.0},{step / 2}\n" for step in range(0, 201, 10))
    (path / "metrics.csv").write_text(f"step,train_loss,test_loss,test_acc\n{rows}")


def _safetensors_steps(path: Path) -> None:
    path.mkdir()
    for step in (0, 10, 200):
        save_file(state(step), path / f"epoch_{step:05}.safetensors", metadata={"epoch": str(step)})
    history = {"train_loss": [1 / (epoch + 1) for epoch in range(0, 201, 10)], "val": {"loss": [2.0] * 21}}
    (path / "history.json").write_text(json.dumps({"history": history}))


def _steps_with_values(path: Path) -> None:
    path.mkdir()
    for step in (0, 10, 200):
        values = {"train_loss": 1 / (step + 1), "metrics": {"test_acc": torch.tensor(0.5)}}
        torch.save({"model": state(step), "step": step, **values}, path / f"step_{step}.pt")
    rows = [{"_step": step, "test": {"loss": 2.0}} for step in range(0, 201, 10)]
    (path / "log.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def _losses_only(path: Path) -> None:
    path.mkdir()
    losses = {str(epoch): 1 / (epoch + 1) for epoch in range(0, 201, 10)}
    (path / "history.json").write_text(json.dumps({"train_loss": losses, "test_loss": [2.0] * 21}))
    (path / "training_log.csv").write_text("epoch;val_loss;val_acc\n" + "".join(f"{n};2.0;97.5\n" for n in range(50)))


def _events(path: Path) -> None:
    _steps(path)
    scalars = ((tag, step, 1 / (step + 1)) for step in range(0, 201, 10) for tag in ("Loss/train", "Loss/test"))
    (path / "metrics.csv").unlink()
    (path / "events.out.tfevents.1.host").write_bytes(event_file(*(simple_event(*scalar) for scalar in scalars)))


def _folder_below(path: Path) -> None:
    """`RUN/checkpoints` with settings beside and above it."""
    (path / "checkpoints").mkdir(parents=True)
    for name, step in (("step_1k", 1), ("step_10k", 2), ("last", 3)):
        torch.save({"net": state(step), "global_step": 10_000.0}, path / "checkpoints" / f"{name}.ckpt")
    (path / "checkpoints" / "config.json").write_text(json.dumps({"p": 7, "model": {"act_fn": "relu"}, "lr": 1e-3}))
    (path / "hparams.yaml").write_text(
        "p: 7\nlr: 1e-3\nbetas: !!python/tuple [0.9, 0.98]\nmodel: {d_mlp: 12}\nname: 'run'\n"
    )


def _folder_each(path: Path) -> None:
    for step in (100, 500):
        (path / f"checkpoint-{step}").mkdir(parents=True)
        save_file(state(step), path / f"checkpoint-{step}" / "model.safetensors")
    (path / "config.yml").write_text("p: {value: 7}\nact_fn: {value: relu}\n")


def _sharded(path: Path) -> None:
    path.mkdir()
    tensors, weight_map = state(8), {}
    for number in (1, 2):
        shard = f"model-0000{number}-of-00002.safetensors"
        part = dict(list(tensors.items())[number - 1 :: 2])
        save_file(part, path / shard)
        weight_map |= dict.fromkeys(part, shard)
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def _files(folder: Path) -> None:
    arena = {
        "state_dicts": [state(0), state(1), state(2)],
        "epochs": [0, 100, 200],
        "train_losses": [1 / (epoch + 1) for epoch in range(201)],
        "test_losses": [2.0] * 21,
        "config": {"p": 7, "act_fn": "relu", "betas": (0.9, 0.98), "dtype": torch.float32},
    }
    demo = {
        "model": state(1),
        "checkpoints": [OrderedDict(state(0)), OrderedDict(state(1))],
        "checkpoint_epochs": [99, 199],
        "train_losses": [np.float64(1.0)] * 200,
        "test_losses": torch.ones(200),
        "train_indices": torch.tensor([0, 9, 48]),
        "test_indices": torch.tensor([n for n in range(49) if n not in (0, 9, 48)]),
    }
    single = {"model_state_dict": state(4), "epoch": 70, "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}}}
    arrays = {name: tensor.numpy() for name, tensor in state(7).items()}
    numpy_state = {
        "params": arrays,
        "epoch": np.int64(3),
        "train_losses": np.ones(4),
        "config": argparse.Namespace(
            p=7, op=np.str_("add"), folder=Path("/runs"), objects=np.array([{}], dtype=object)
        ),
    }
    payloads = {
        **{"arena": arena, "demo": demo, "single": single, "bare": state(5), "numpy_state": numpy_state},
        "by_epoch": {100 * seed: state(seed) for seed in range(3)},
        "records": [{"epoch": seed, "model": state(seed), "train_loss": 1.0, "test_loss": 2.0} for seed in range(2)],
    }
    for name, payload in payloads.items():
        torch.save(payload, folder / f"{name}.pth")
        torch.save(payload, folder / f"{name}_legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(single, folder / "protocol_4.pth", pickle_protocol=4)
    for protocol in (2, 5):
        (folder / f"plain_{protocol}.pkl").write_bytes(
            pickle.dumps({"model": state(7), **numpy_state}, protocol=protocol)
        )
    np.savez(folder / "arrays.npz", epoch=np.array(3), **arrays)
    np.savez_compressed(folder / "compressed.npz", **arrays)
    save_file(state(6), folder / "single.safetensors", metadata={"epoch": "1200", "act_fn": "gelu"})


def _other_names(path: Path) -> None:
    """Linear layers under other names, one of them only in `grok-tui.toml`; settings under synonyms."""
    path.mkdir()
    for step in (0, 20):
        w = weights(step)
        matrices = {
            f"{name}.weight": getattr(w, f"W_{name[0].upper()}").permute(0, 2, 1).flatten(0, 1)
            for name in ("query", "key", "value")
        }
        tensors = {
            "my.thing": w.W_E,
            "pos_emb": w.W_pos[None],
            "attn.out_proj.weight": w.W_O.flatten(0, 1).T,
            "mlp.0.weight": w.W_in.T,
            "mlp.0.bias": w.b_in,
            "mlp.2.weight": w.W_out.T,
            "head.weight": w.W_U.T,
            "attn.mask": torch.ones(3, 3).tril(),
        }
        extra = {"op": "mul", "train_mask": torch.eye(7).bool(), "args": {"model": {"nhead": 2, "act": "GELU"}}}
        torch.save(
            {"net": {**tensors, **{f"attn.{name}": t for name, t in matrices.items()}}, **extra},
            path / f"step_{step}.pt",
        )
    (path / "grok-tui.toml").write_text('prompt = "x y ="\n[names]\nW_E = "my.thing"\n')
