"""Read a state dict with any names and axes: how to read it once per run, its `Weights` once per checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import InvalidConfig, ModelConfig
from engine.networks.network import NetworkWeights
from engine.networks.weights import BIASES, Weights
from engine.state_dicts import original_2022
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.config_inference import infer_reading
from engine.state_dicts.general.general_inference import (
    StoredGeneral,
    infer_general,
    read_general_weights,
    stored_general,
)
from engine.state_dicts.general.tensor_names import Place, places
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.names import (
    SUPPORTED_NETWORKS,
    OutsideFamily,
    list_tensors,
    reject_unsupported,
    select_parameters,
    without_prefixes,
)
from engine.state_dicts.orientation import Layout, orient
from engine.state_dicts.roles import Assignment, assign_roles
from engine.state_dicts.stored_network import StoredNetwork
from engine.state_dicts.user_network import read_user_network

ROLES = tuple(field.name for field in fields(Weights))
_REQUIRED = tuple(role for role in ROLES if role not in (*BIASES, "W_pos", "W_U"))
_ATTENTION_ROLES = ("W_Q", "W_K", "W_V", "W_O")
IGNORE = "ignore"  # the role of tensors that an option declares irrelevant


def read_model(
    state: Mapping[str, object],
    source: str,
    *,
    recorded: Mapping[str, object] | None = None,
    overrides: ModelOverrides | None = None,
    evidence: Evidence | None = None,
) -> ModelReading:
    """Determine how to read the state dicts of a run.

    `recorded` holds the settings saved with it; `overrides` override them; `evidence` are recorded losses of this
    checkpoint. `source` names the file in error messages.

    Raises:
        UnsupportedModel: the network or a name is not supported.
        AmbiguousTask: a setting without a default cannot be inferred.
        UnreadableRun: a tensor is missing or has the wrong number of axes.
        InvalidConfig: an explicit setting contradicts the tensors.
        UserCodeError: the code of the user's that builds the network fails.
    """
    overrides = overrides or ModelOverrides()
    if overrides.reading is not None:
        return overrides.reading
    recorded = recorded or {}
    if overrides.network is not None:
        return read_user_network(state, source, overrides.network, recorded, overrides)
    try:
        if not _is_general(overrides):
            stored = _by_role(state, overrides.names, source)
            return infer_reading(stored, recorded=recorded, overrides=overrides, evidence=evidence)
    except UnsupportedModel as error:  # of the family whose network can be folded
        general = _general(state, overrides.names, source, error)
    else:
        general = _general(state, overrides.names, source, None)
    return infer_general(general, recorded, overrides, evidence)


def _is_general(overrides: ModelOverrides) -> bool:
    """Whether an explicit setting is one that the family without norms does not have."""
    return overrides.norm in ("pre", "post") or overrides.read_at in ("first", "mean") or bool(overrides.layer)


def read_checkpoint(state: Mapping[str, object], reading: ModelReading, source: str) -> NetworkWeights:
    """Read the weights of one checkpoint as its run is read, of any architecture; raises as `read_weights`."""
    if reading.reader is not None:
        return reading.reader(state, source)
    if not isinstance(reading.config, ModelConfig):
        return read_general_weights(_general(state, reading.names, source, None), reading)
    return read_weights(state, reading, source)


def read_weights(state: Mapping[str, object], reading: ModelReading | ModelConfig, source: str) -> Weights:
    """Read the weights of one checkpoint in their stored dtype and check them against the run's config.

    Raises:
        UnsupportedModel: the network or a name is not supported.
        UnreadableRun: a tensor is missing, has the wrong shape, or contains NaN or infinity.
    """
    if isinstance(reading, ModelConfig):
        reading = ModelReading(reading)
    config = reading.config
    assert isinstance(config, ModelConfig)
    stored = _by_role(state, reading.names, source)
    layout = Layout(stored.module_weights, reading.transposed)
    oriented = orient(stored.tensors, config.d_model, config.n_heads, layout, stored.source)
    if "W_pos" in oriented:  # a positional embedding may be longer than the prompt
        oriented["W_pos"] = oriented["W_pos"][: config.prompt.n_ctx]
    else:
        oriented["W_pos"] = oriented["W_E"].new_zeros(config.prompt.n_ctx, config.d_model)
    return Weights.of(oriented, config, stored.source)


def _general(
    state: Mapping[str, object], names: tuple[tuple[str, str], ...], source: str, error: UnsupportedModel | None
) -> StoredGeneral:
    """The tensors of a transformer or MLP outside the family.

    Raises:
        UnsupportedModel: they are of neither; `error` says why they are not of the family either.
    """
    tensors = select_parameters(state, source)
    explicit, ignored = _explicit_roles(names, tensors, source)
    tensors = {name: tensor for name, tensor in tensors.items() if name not in ignored}
    stored = None if explicit else stored_general(tensors, source)
    if stored is not None:
        return stored
    found = places(tensors)
    unknown = {name: tensors[name] for name, place in found.items() if place is None}
    if error is not None and (explicit or not isinstance(error, OutsideFamily)):
        raise error
    if not unknown:
        raise UnsupportedModel(
            f"{source} does not have the same tensors in each layer, or not all of them; the last layer has "
            f"{list_tensors(_of_last_layer(found, tensors))}; supported: {SUPPORTED_NETWORKS}."
        )
    raise UnsupportedModel(
        f"{source} has tensors that are not those of a supported network: {list_tensors(unknown or tensors, 4)}; "
        f"supported: {SUPPORTED_NETWORKS}; if they do not change what the network computes, pass --name "
        f"{IGNORE}={next(iter(unknown or tensors), 'my.tensor')}."
    )


def _of_last_layer(found: Mapping[str, Place | None], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    last = max((place.layer for place in found.values() if place is not None and place.layer is not None), default=None)
    return {name: tensors[name] for name, place in found.items() if place is not None and place.layer == last}


def _by_role(state: Mapping[str, object], names: tuple[tuple[str, str], ...], source: str) -> StoredNetwork:
    """The tensors by role; `source` gets a note if their axes are of the 2022 layout.

    Raises:
        UnsupportedModel: the network is outside the family, or has tensors without a role.
        UnreadableRun: a role has no tensor, or several.
    """
    tensors = select_parameters(state, source)
    explicit, ignored = _explicit_roles(names, tensors, source)
    tensors = {name: tensor for name, tensor in tensors.items() if name not in ignored}
    assignment = assign_roles(tensors, explicit)
    if not explicit:
        reject_unsupported(tensors, source)
    _check_roles(assignment, tensors, source)
    by_role = {role: tensors[name] for role, name in assignment.names.items()}
    note = " (2022 layout; shapes in TransformerLens order)" if original_2022.matches(by_role) else ""
    return StoredNetwork(by_role, assignment.module_weights, source + note)


def _explicit_roles(
    names: tuple[tuple[str, str], ...], tensors: Mapping[str, Tensor], source: str
) -> tuple[dict[str, str], set[str]]:
    """The explicit names by role, and the names to ignore.

    Raises:
        InvalidConfig: there is no such role or tensor.
    """
    explicit: dict[str, str] = {}
    ignored: set[str] = set()
    for role, name in names:
        bare = without_prefixes(name)
        if bare not in tensors:
            raise InvalidConfig(f"{source} has no tensor {name}; it contains {list_tensors(tensors)}.")
        if role == IGNORE:
            ignored.add(bare)
        elif role in ROLES:
            explicit[role] = bare
        else:
            raise InvalidConfig(f"{role} is not a tensor of this network; expected {', '.join(ROLES)} or {IGNORE}.")
    return explicit, ignored


def _check_roles(assignment: Assignment, tensors: Mapping[str, Tensor], source: str) -> None:
    missing = [role for role in _REQUIRED if role not in assignment.names]
    unknown = {name: tensors[name] for name in assignment.unknown}
    has_attention = any(role in assignment.names for role in _ATTENTION_ROLES)
    if missing and not has_attention and _is_mlp(tensors):
        raise UnsupportedModel(
            f"{source} is an MLP without attention ({list_tensors(tensors, 3)}); supported: {SUPPORTED_NETWORKS}."
        )
    if missing:
        found = list_tensors(unknown) if unknown else ", ".join(assignment.names) or "no tensors"
        left = f"tensors with unknown names: {found}" if unknown else f"found {found}"
        # An incomplete file is skipped in a run; other names are the same in all its files.
        error = UnreadableRun if has_attention and not unknown else UnsupportedModel
        raise error(
            f"{source} has no tensor {', '.join(missing)}; {left}; supported: {SUPPORTED_NETWORKS}; if a tensor has "
            f"another name, pass --name, for example --name {missing[0]}={next(iter(unknown), 'my.embedding')}."
        )
    if assignment.repeated:
        role, claimed = next(iter(assignment.repeated.items()))
        raise UnreadableRun(
            f"{source}: {' and '.join(claimed[:3])} could each be {role}; pass --name {role}={claimed[0]} and "
            f"--name {IGNORE}={claimed[1]}, or the other way round."
        )
    if unknown:
        name = next(iter(unknown))
        raise UnsupportedModel(
            f"{source} has unknown tensors: {list_tensors(unknown, 4)}, which may change what the network computes; "
            f"supported: {SUPPORTED_NETWORKS}; if they do not, pass --name {IGNORE}={name}."
        )


def _is_mlp(tensors: Mapping[str, Tensor]) -> bool:
    """Whether all tensors look like those of a chain of linear layers."""
    matrices = [tensor for tensor in tensors.values() if tensor.ndim == 2]
    return len(matrices) >= 2 and all(tensor.ndim in (1, 2) for tensor in tensors.values())
