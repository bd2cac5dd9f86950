"""Read a state dict of the folded family as `Weights`: tensors by role, in the axes of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from torch import Tensor

from engine.errors import UnreadableRun, UnsupportedModel
from engine.networks.config import InvalidConfig, ModelConfig
from engine.networks.weights import BIASES, Weights
from engine.state_dicts import original_2022
from engine.state_dicts.model_reading import ModelReading
from engine.state_dicts.names import (
    SUPPORTED_NETWORKS,
    list_tensors,
    reject_unsupported,
    select_parameters,
    without_prefixes,
)
from engine.state_dicts.orientation import Layout, orient
from engine.state_dicts.roles import Assignment, assign_roles
from engine.state_dicts.stored_network import StoredNetwork

ROLES = tuple(field.name for field in fields(Weights))
_REQUIRED = tuple(role for role in ROLES if role not in (*BIASES, "W_pos", "W_U"))
_ATTENTION_ROLES = ("W_Q", "W_K", "W_V", "W_O")
IGNORE = "ignore"  # the role of tensors that an option declares irrelevant


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
    stored = by_role(state, reading.names, source)
    layout = Layout(stored.module_weights, reading.transposed)
    oriented = orient(stored.tensors, config.d_model, config.n_heads, layout, stored.source)
    if "W_pos" in oriented:  # a positional embedding may be longer than the prompt
        oriented["W_pos"] = oriented["W_pos"][: config.prompt.n_ctx]
    else:
        oriented["W_pos"] = oriented["W_E"].new_zeros(config.prompt.n_ctx, config.d_model)
    return Weights.of(oriented, config, stored.source)


def by_role(state: Mapping[str, object], names: tuple[tuple[str, str], ...], source: str) -> StoredNetwork:
    """The tensors by role; `source` gets a note if their axes are of the 2022 layout.

    Raises:
        UnsupportedModel: the network is outside the family, or has tensors without a role.
        UnreadableRun: a role has no tensor, or several.
    """
    tensors = select_parameters(state, source)
    explicit, ignored = explicit_roles(names, tensors, source)
    tensors = {name: tensor for name, tensor in tensors.items() if name not in ignored}
    assignment = assign_roles(tensors, explicit)
    if not explicit:
        reject_unsupported(tensors, source)
    _check_roles(assignment, tensors, source)
    tensor_of = {role: tensors[name] for role, name in assignment.names.items()}
    note = " (2022 layout; shapes in TransformerLens order)" if original_2022.matches(tensor_of) else ""
    return StoredNetwork(tensor_of, assignment.module_weights, source + note)


def explicit_roles(
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
