"""Determine how to read a transformer of any depth or an MLP: explicit over recorded over inferred settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from torch import Tensor

from engine.errors import AmbiguousTask, UnreadableRun
from engine.networks.config import ACT_FNS, OPERATIONS, ActFn, InvalidConfig, Operation
from engine.networks.mlp_config import Joined, MlpConfig
from engine.networks.named_weights import NamedWeights
from engine.networks.transformer_config import TransformerConfig
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.general.general_reading import GeneralReading
from engine.state_dicts.general.general_recognition import GeneralRecognition, Trials, recognise_general
from engine.state_dicts.general.general_recognition_cache import cached_general_recognition
from engine.state_dicts.general.recorded_architecture import ARCHITECTURE_NAMES, read_architecture
from engine.state_dicts.general.stored_mlp import StoredMlp, stored_mlp
from engine.state_dicts.general.stored_transformer import StoredTransformer, stored_transformer
from engine.state_dicts.general.transformer_readings import GivenSettings, sources_of, transformer_readings
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.recorded_settings import RecordedSettings, read_settings

_NAMED_OPERATIONS: tuple[Operation, ...] = tuple(name for name in OPERATIONS if name != "table")
_JOINED: tuple[Joined, ...] = get_args(Joined)
StoredGeneral = StoredTransformer | StoredMlp


def stored_general(tensors: Mapping[str, Tensor], source: str) -> StoredGeneral | None:
    """A transformer or an MLP by the names and shapes of its tensors; None if they are those of neither."""
    return stored_transformer(tensors, source) or stored_mlp(tensors, source)


def infer_general(
    stored: StoredGeneral, recorded: Mapping[str, object], overrides: ModelOverrides, evidence: Evidence | None
) -> ModelReading:
    """Determine how to read a network; raises as `config_inference.infer_reading`."""
    settings = read_settings(recorded, stored.source, ARCHITECTURE_NAMES)
    operation = overrides.operation or settings.operation
    act_fn = overrides.act_fn or settings.act_fn
    operations = _NAMED_OPERATIONS if operation is None else (operation,)
    act_fns: Sequence[ActFn] = ACT_FNS if act_fn is None else (act_fn,)
    trials = Trials(lambda reading: named_tensors(stored, reading), operations, overrides.table, stored.source)
    try:
        if isinstance(stored, StoredMlp):
            readings = _mlp_readings(stored, overrides, settings)
        else:
            architecture = read_architecture(recorded)
            readings = transformer_readings(stored, _given(stored, overrides, settings), architecture)
        found = cached_general_recognition(
            overrides.cache,
            named_tensors(stored, readings[0]),
            readings,
            act_fns,
            operations,
            overrides.table,
            evidence,
            lambda: recognise_general(readings, act_fns, trials, evidence),
        )
        config = replace(found.reading.config, layer=overrides.layer)
    except InvalidConfig as error:
        raise (InvalidConfig if _is_explicit(overrides) else UnreadableRun)(f"{stored.source}: {error}") from error
    _require_heads(found, readings, stored)
    sources = sources_of(_explicit(overrides), _recorded(stored, recorded, settings))
    listed = _listed(found, readings, {*sources, *(("operation",) if operation else ())}, len(operations), act_fns)
    return ModelReading(
        config=config,
        explicit=tuple(name for name, source in sources.items() if source == "explicit"),
        recorded=tuple(name for name, source in sources.items() if source == "recorded"),
        inferred=listed["inferred"],
        assumed=listed["assumed"],
        names=overrides.names,
        transposed=found.reading.transposed,
        y_offset=found.reading.y_offset,
        warnings=tuple(
            f"{stored.source} records {setting}, which is not known; if it changes the forward pass, the numbers "
            "are wrong."
            for setting in settings.unknown
        ),
    )


def read_general_weights(stored: StoredGeneral, reading: ModelReading) -> NamedWeights:
    """The weights of a checkpoint as an earlier one of its run was read.

    Raises:
        UnreadableRun: a tensor is missing, has the wrong shape, or contains NaN or infinity.
    """
    config = reading.config
    assert isinstance(config, TransformerConfig | MlpConfig)
    general = GeneralReading(config, reading.transposed, reading.y_offset)
    return general.weights(named_tensors(stored, general), stored.source)


def named_tensors(stored: StoredGeneral, reading: GeneralReading) -> dict[str, Tensor]:
    """The tensors by name, with the axes of a config.

    Raises:
        UnreadableRun: the tensors are not those of this architecture.
    """
    config = reading.config
    if isinstance(stored, StoredMlp) and isinstance(config, MlpConfig):
        return stored.named(config.joined, reading.transposed)
    if isinstance(stored, StoredTransformer) and isinstance(config, TransformerConfig):
        return stored.named(config.n_heads, reading.transposed)
    raise UnreadableRun(f"{stored.source} has other tensors than {config.description}, the network of its run.")


def _mlp_readings(stored: StoredMlp, overrides: ModelOverrides, settings: RecordedSettings) -> list[GeneralReading]:
    """All readings of an MLP, the likely ones first: inputs that leave no answer without a logit.

    Raises:
        InvalidConfig: nothing is possible.
    """
    readings = []
    act_fn = overrides.act_fn or settings.act_fn
    error: InvalidConfig | None = None
    for transposed in stored.orders:
        for joined in _JOINED:
            d_vocab = stored.d_vocab(joined, transposed)
            if d_vocab is None:
                continue
            d_vocab_out = stored.d_vocab_out(transposed)
            most = min(d_vocab, d_vocab_out)
            p = overrides.p or (settings.p if settings.p is not None and settings.p <= most else None) or most
            if overrides.p is None and p < 3:
                sizes = f"inputs of {d_vocab} tokens and {d_vocab_out} logits, read as a {joined} of x and y"
                error = error or InvalidConfig(f"{sizes}, are those of p = {p}; p must be at least 3.")
                continue
            config = MlpConfig(
                p=p,
                hidden=stored.hidden(transposed),
                d_vocab=d_vocab,
                d_vocab_out=d_vocab_out,
                joined=joined,
                d_embed=stored.d_embed,
                y_embedding=stored.W_E_y is not None,
                act_fn=act_fn or "relu",
            )
            readings.append(((abs(d_vocab - d_vocab_out), p), GeneralReading(config, transposed)))
    if not readings:
        raise error or InvalidConfig("the first layer reads neither a sum nor a concatenation of x and y.")
    return [reading for _, reading in sorted(readings, key=lambda reading: reading[0])]


def _given(stored: StoredTransformer, overrides: ModelOverrides, settings: RecordedSettings) -> GivenSettings:
    most = min(stored.sizes.d_vocab, stored.sizes.d_vocab_out)
    recorded_p = settings.p if settings.p is not None and 3 <= settings.p <= most else None
    return GivenSettings(
        p=overrides.p or recorded_p,
        prompt=overrides.prompt or settings.prompt,
        act_fn=overrides.act_fn or settings.act_fn,
        n_heads=overrides.n_heads or (None if stored.sizes.n_heads else settings.n_heads),
        d_head=settings.d_head,
        attn_coeff=settings.attn_coeff if overrides.attn_coeff is None else overrides.attn_coeff,
        attn_scale=settings.attn_scale if settings.attn_scale is not None and settings.attn_scale > 0 else None,
        norm=overrides.norm,
        read_at=overrides.read_at,
    )


def _explicit(overrides: ModelOverrides) -> dict[str, object]:
    names = ("p", "prompt", "operation", "act_fn", "n_heads", "attn_coeff", "norm", "read_at", "layer")
    return {name: getattr(overrides, name) for name in names}


def _is_explicit(overrides: ModelOverrides) -> bool:
    return any(value is not None for value in _explicit(overrides).values())


def _recorded(stored: StoredGeneral, recorded: Mapping[str, object], settings: RecordedSettings) -> dict[str, object]:
    found: dict[str, object] = {name: getattr(settings, name) for name in ("p", "operation", "act_fn")}
    if isinstance(stored, StoredTransformer):
        architecture = read_architecture(recorded)
        n_heads = settings.n_heads or settings.d_head
        found |= {"prompt": settings.prompt, "n_heads": None if stored.sizes.n_heads else n_heads}
        found |= {"attn_coeff": settings.attn_coeff, "norm": architecture.norm_order}
        found |= {name: getattr(architecture, name) for name in ("norm_kind", "causal", "read_at", "position_kind")}
    return found


def _listed(
    found: GeneralRecognition,
    readings: Sequence[GeneralReading],
    given: set[str],
    n_operations: int,
    act_fns: Sequence[ActFn],
) -> dict[str, tuple[str, ...]]:
    """The names of the settings that were inferred, and of those that are assumed."""
    tried: dict[str, set[Any]] = {}
    for reading in readings:
        for name, value in reading.settings.items():
            tried.setdefault(name, set()).add(value)
    names: dict[str, list[str]] = {"inferred": [], "assumed": []}

    def note(name: str, setting: str) -> None:
        if name not in given:
            names["inferred" if setting in found.settled else "assumed"].append(name)

    for setting, values in tried.items():
        several = len(values) > 1 or (setting == "act_fn" and len(act_fns) > 1)
        if setting == "task":
            ps = {p for p, _ in values}
            for name in ("p",) if None in {prompt for _, prompt in values} else ("p", "prompt"):
                if name not in given:
                    shown = len(values) == 1 or (name == "p" and len(ps) == 1) or "task" in found.settled
                    names["inferred" if shown else "assumed"].append(name)
        elif several and not (setting == "causal" and not _mask_matters(found.reading)):
            note({"norm_order": "norm", "norms": "norm"}.get(setting, setting), setting)
    if n_operations > 1:
        note("operation", "operation")
    return {kind: tuple(dict.fromkeys(listed)) for kind, listed in names.items()}


def _mask_matters(reading: GeneralReading) -> bool:
    return isinstance(reading.config, TransformerConfig) and reading.config.mask_matters


def _require_heads(found: GeneralRecognition, readings: Sequence[GeneralReading], stored: StoredGeneral) -> None:
    """Require a number of heads: there is no default.

    Raises:
        AmbiguousTask: it is open; the message names the option that settles it.
    """
    tried = dict.fromkeys(reading.settings.get("n_heads") for reading in readings)
    if len(tried) > 1 and "n_heads" not in found.settled:
        raise AmbiguousTask(
            f"{stored.source}: the heads share one matrix; {', '.join(map(str, tried))} heads were tried, and none is "
            "far better than the others; pass --n-heads, for example --n-heads 4."
        )
