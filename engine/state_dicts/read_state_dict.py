"""Read a state dict with any names and axes: how to read it once per run, its `Weights` once per checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from engine.errors import UnsupportedModel
from engine.networks.config import ModelConfig
from engine.networks.network import NetworkWeights
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
    select_parameters,
)
from engine.state_dicts.read_weights import IGNORE, by_role, explicit_roles, read_weights
from engine.state_dicts.user_network import read_user_network


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
            stored = by_role(state, overrides.names, source)
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


def _general(
    state: Mapping[str, object], names: tuple[tuple[str, str], ...], source: str, error: UnsupportedModel | None
) -> StoredGeneral:
    """The tensors of a transformer or MLP outside the family.

    Raises:
        UnsupportedModel: they are of neither; `error` says why they are not of the family either.
    """
    tensors = select_parameters(state, source)
    explicit, ignored = explicit_roles(names, tensors, source)
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
