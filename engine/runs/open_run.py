"""Open a run of any format."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from engine.errors import AmbiguousTask, RunNotReady, UnreadableRun, WrongUsage
from engine.networks.config import ActFn, InvalidConfig, ModelConfig, NormSetting, Operation, ReadAt
from engine.networks.mlp_config import MlpConfig
from engine.networks.trainable_config import norm_of
from engine.networks.transformer_config import TransformerConfig
from engine.runs.folder_snapshot import FolderSnapshot, take_snapshot
from engine.runs.native_run import read_native
from engine.runs.remote.address import RemoteAddress, parse_location
from engine.runs.run import RecordedLosses, Run
from engine.runs.run_json import config_to_json
from engine.runs.torch_format.suffixes import SUFFIXES
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.network_option import NetworkOption

if TYPE_CHECKING:
    from engine.runs.remote.store import OnFetch


def open_run(
    path: Path | str | RemoteAddress,
    *,
    p: int | None = None,
    prompt: str | None = None,
    act_fn: ActFn | None = None,
    operation: Operation | None = None,
    n_heads: int | None = None,
    attn_coeff: float | None = None,
    norm: NormSetting | None = None,
    read_at: ReadAt | None = None,
    layer: int | None = None,
    names: Sequence[tuple[str, str]] = (),
    table: tuple[int, ...] | None = None,
    cache: Path | None = None,
    on_fetch: OnFetch | None = None,
    network: str | None = None,
    neurons: str | None = None,
) -> Run:
    """Open a run: its config, epochs, losses and split. Checkpoints are read lazily.

    Reads a native run, a folder of checkpoints, a file with many checkpoints, a single checkpoint, or a folder that has
    recorded losses alone. `p`, `prompt`,
    `act_fn`, `operation`, `n_heads` and `attn_coeff` override what a foreign file records; they must agree with a
    native run. `norm`, `read_at` and `layer`, whose neurons are on show, are settings of deeper networks and of those
    with norms. `names` assigns tensors to roles, such as ("W_E", "my.embedding"). `table` has the answers of the
    operation "table", row by row of x. A `grok-tui.toml` beside a foreign run gives the same settings. `cache` is a
    folder for what is recognised.

    `network` is `FILE.py:FUNCTION`, a function from the state dict of a checkpoint and the recorded settings to a
    `torch.nn.Module`, which is read instead of the tensors: that code is executed. `neurons` names its activations.

    The run may lie at an address such as `hf://OWNER/REPO/PATH`; `on_fetch` receives the progress of each download.

    Raises:
        WrongUsage, RemoteError: an address is malformed, or cannot be fetched from.
        RunNotReady: a folder without a checkpoint, or with files that are still being written.
        UnreadableRun: not a run, a damaged one, or one from which p or the prompt cannot be inferred.
        UnsupportedModel: a model outside the family.
        InvalidConfig: an override contradicts the tensors or a native run.
        UserCodeError: the code of `network` fails.
    """
    if neurons is not None and network is None:
        raise WrongUsage("--neurons names a module of your own network; pass --network FILE.py:FUNCTION as well.")
    own = None if network is None else NetworkOption.parse(network, neurons)
    overrides = ModelOverrides(
        p,
        prompt,
        act_fn,
        operation,
        n_heads,
        attn_coeff,
        norm,
        read_at,
        layer,
        table=table,
        names=tuple(names),
        cache=cache,
        network=own,
    )
    location = parse_location(path)
    if isinstance(location, RemoteAddress):
        from engine.runs.remote.open_remote import open_remote

        return open_remote(location, partial(_open_local, overrides=overrides), on_fetch)
    return _open_local(_expand_user(location), overrides)


def _open_local(path: Path, overrides: ModelOverrides) -> Run:
    try:
        if path.name == "run.json" and path.is_file():
            path = path.parent
        if path.is_dir():
            return open_snapshot(path, take_snapshot(path), overrides)
        from engine.runs.foreign_run import open_file

        return open_file(path, overrides)
    except OSError as error:
        raise UnreadableRun(f"{path} cannot be read: {error.strerror or error}.") from error


def _expand_user(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:  # ~ of an unknown user
        raise UnreadableRun(f"{path} does not exist: {error}") from error


def open_snapshot(
    path: Path, files: FolderSnapshot, overrides: ModelOverrides, losses: RecordedLosses | None = None
) -> Run:
    """Open the run in a folder of which a snapshot was just taken; `losses` are those read earlier, at a refresh.

    Raises:
        OSError: the folder cannot be listed.
        GrokError: as `open_run`.
    """
    try:
        native = os.path.lexists(path / "run.json")
        if native:
            run = _require_agreement(read_native(path, losses), overrides)
            if overrides.network is not None or overrides.reading is not None:
                from engine.runs.own_network import with_own_network

                run = with_own_network(run, overrides)
        else:
            from engine.runs.foreign_run import open_folder

            run = open_folder(path, overrides)
    except AmbiguousTask:
        raise
    except UnreadableRun as error:
        if not native and not any(file.endswith(SUFFIXES) for file in files):
            from engine.runs.losses_only import open_losses_only

            if only := open_losses_only(path):
                return replace(only, files=files)
        now = time()
        if all(status.is_stable(now) for status in files.values()):
            raise
        raise RunNotReady(str(error)) from error
    return replace(run, files=files)


def _require_agreement(run: Run, overrides: ModelOverrides) -> Run:
    """A native run records its settings itself, so an override can only repeat them, or choose the layer on show."""
    config = run.config
    recorded = {"read_at": "last", **config_to_json(config), "norm": norm_of(config)}
    if isinstance(config, ModelConfig):
        recorded["layer"] = 0
    else:
        recorded.pop("layer", None)
        if overrides.layer is not None and isinstance(config, TransformerConfig | MlpConfig):
            run = replace(run, config=replace(config, layer=overrides.layer))
    for name, value in vars(overrides).items():
        if name in recorded and value is not None and value != recorded[name]:
            found, option = shlex.quote(str(recorded[name])), f"--{name.replace('_', '-')} {shlex.quote(str(value))}"
            raise InvalidConfig(f"{run.path / 'run.json'} records {name} = {found}; {option} conflicts with it.")
    return run
