"""From settings and snapshots to an embedding: features, tensors, training, and what is read off at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.data import Recording, Snapshots
from interplay.represent.axes import line_notes, without_line_notes
from interplay.represent.features import FROM_RECORDING, node_features
from interplay.represent.likelihood import GraphTask
from interplay.represent.links import prediction, reconstruction
from interplay.represent.method import VariationalMethod
from interplay.represent.module import Latents, VariationalGraphNetwork
from interplay.represent.results import EmbeddingResult
from interplay.represent.training_windows import require_readable, training_windows, watched_windows
from interplay.tensors import (
    TrainingPlan,
    parameters_of,
    require_device,
    seeded_torch,
    torch_threads,
    train,
    with_parameters,
)
from interplay.tensors.snapshots import SnapshotTensors, snapshot_tensors

Floats = NDArray[np.float64]

#: How often a training that blows up may go back to its best parameters with half the learning rate.
_RETREATS = 5


def fit(
    config: VariationalMethod,
    snapshots: Snapshots,
    *,
    recording: Recording | None,
    features: ArrayLike | None,
    train_until: float | None,
    checkpoint: Path | None,
    device: str,
    progress: Progress | None,
) -> EmbeddingResult:
    """Train and embed; see `VariationalMethod.fit`."""
    require_readable(snapshots)
    config = config if features is None else replace(config, features="given")
    prefix, notes = training_windows(snapshots, train_until)
    data, made_from = _tensors(config, snapshots, recording, features, device)
    watched = watched_windows(config.validation, prefix)
    with seeded_torch(config.seed, "init"):
        encoder = VariationalGraphNetwork(config.architecture, data.n_features)
    trained = train(
        encoder,
        GraphTask(architecture=config.architecture, windows=prefix, held_out_windows=watched, warm_up=config.warm_up),
        data,
        plan_of(config, device),
        checkpoint=checkpoint,
        key=digest("represent", config.name, config.architecture, config.features, made_from, prefix, watched),
        progress=progress,
    )
    with torch.no_grad(), torch_threads(1):
        latents, _ = trained.encoder(data)
    found = _read_off(config, snapshots, latents)
    return EmbeddingResult(
        config=config,
        made_from=made_from,
        seed=config.seed,
        notes=(*notes, *trained.notes, *line_notes(found["embedding"], snapshots.present)),
        citations=config.citations,
        method=config.name,
        loss=trained.trace,
        trained=np.arange(len(snapshots)) < prefix,
        parameters=parameters_of(trained.encoder),
        best_epoch=trained.best_epoch,
        converged=trained.converged,
        **found,
    )


def embed(
    config: VariationalMethod,
    result: EmbeddingResult,
    snapshots: Snapshots,
    *,
    recording: Recording | None,
    features: ArrayLike | None,
    sample_seed: int | None,
    device: str,
) -> EmbeddingResult:
    """Embed with parameters that were trained before; see `VariationalMethod.embed`."""
    if not isinstance(result, EmbeddingResult):
        raise DataError(f"`result` must be an EmbeddingResult of `fit`, got {type(result).__name__}. Fit first.")
    require_readable(snapshots)
    if sample_seed is not None:
        require_setting("sample_seed", sample_seed, least=0, whole=True)
    config = _agreed(config if features is None else replace(config, features="given"), result)
    data, made_from = _tensors(config, snapshots, recording, features, device)
    width = result.parameters["features.weight"].shape[1]
    if data.n_features != width:
        nodes = result.embedding.shape[1]
        raise DataError(
            f"`snapshots` must be of the {nodes} nodes that `result` was trained on, as features={config.features!r} "
            f"know nodes by number; got {snapshots.n_nodes} nodes ({data.n_features} features for {width}). Select the "
            "same nodes, or train with features of a fixed width: 'degree', 'rates', 'random' or 'walks'."
        )
    with seeded_torch(config.seed, "init"):
        encoder = VariationalGraphNetwork(config.architecture, data.n_features)
    encoder = with_parameters(encoder, result.parameters).to(device=device, dtype=getattr(torch, config.dtype))
    generator, notes = None, tuple[str, ...]()
    if sample_seed is not None:
        generator = torch.Generator(device).manual_seed(int(stream(sample_seed, "embedding sample").integers(2**63)))
        notes = (f"Drawn from the posterior with sample seed {sample_seed}, not its mean.",)
    with torch.no_grad(), torch_threads(1):
        latents, _ = encoder(data, generator=generator)
    found = _read_off(config, snapshots, latents)
    same = made_from == result.made_from
    return replace(
        result,
        made_from=made_from,
        notes=(
            *(without_line_notes(result.notes) if same else ()),
            *notes,
            *line_notes(found["embedding"], snapshots.present),
        ),
        trained=result.trained if same else np.zeros(len(snapshots), dtype=bool),
        **found,
    )


def plan_of(config: Any, device: str) -> TrainingPlan:
    """Take what the training loop needs to know from the settings of a method."""
    names = ("epochs", "learning_rate", "clip", "patience", "tolerance", "keep", "dtype", "seed")
    settings = {name: getattr(config, name) for name in names}
    return TrainingPlan(device=device, warm_up=getattr(config, "warm_up", 0), retreats=_RETREATS, **settings)


def _agreed(config: VariationalMethod, result: EmbeddingResult) -> VariationalMethod:
    """Give the settings of the result, if its parameters are of the network that is asked for."""
    made: VariationalMethod = result.config
    if result.method != config.name or made.architecture != config.architecture:
        raise ConfigError(
            f"`result` must be of a fit with these settings: {config.name}, {config.architecture}; got "
            f"{result.method}, {getattr(made, 'architecture', made)}. Call embed of `result.config`."
        )
    if made.features != config.features:
        raise ConfigError(
            f"`features` must be those that `result` was trained on, {made.features!r}, got {config.features!r}. "
            "Call embed of `result.config`" + (" with the array." if made.features == "given" else ".")
        )
    return made


def _tensors(
    config: VariationalMethod,
    snapshots: Snapshots,
    recording: Recording | None,
    features: ArrayLike | None,
    device: str,
) -> tuple[SnapshotTensors, str]:
    """Give the tensors, and the digest of everything they were made from."""
    require_device(device)
    history_node = config.architecture.history_node
    known = node_features(
        config.features,
        snapshots,
        recording=recording if config.features in FROM_RECORDING else None,
        given=features,
        history_node=history_node,
        seed=config.seed,
    )
    data = snapshot_tensors(snapshots, features=known, history_node=history_node, device=device, dtype=config.dtype)
    from_elsewhere = known if config.features in (*FROM_RECORDING, "given") else None
    made_from = snapshots.digest if from_elsewhere is None else digest("represent", snapshots.digest, from_elsewhere)
    return data, made_from


def _read_off(config: VariationalMethod, snapshots: Snapshots, latents: Latents) -> dict[str, Any]:
    """Turn what the network says into the arrays of a result."""
    mean, spread, prior = (_array(x) for x in (latents.sample, latents.spread, latents.prior_mean))
    n = snapshots.n_nodes
    if not np.isfinite(mean).all():
        raise NumericalError(
            "the embedding must be finite, got values that are not. Look for huge values in the features."
        )
    # Without a state the prior knows nothing; what is known of the next window is then the last one.
    foreseen = prior if config.architecture.recurrent else np.concatenate([mean[:1], mean[:-1]])
    return {
        "embedding": np.ascontiguousarray(mean[:, :n]),
        "spread": np.ascontiguousarray(spread[:, :n]),
        "history": np.ascontiguousarray(mean[:, n]) if config.architecture.history_node else None,
        "attention": None if latents.attention is None else _array(latents.attention),
        "bounds": snapshots.bounds,
        "present": snapshots.present,
        "reconstruction": reconstruction(snapshots, mean[:, :n]),
        "prediction": prediction(snapshots, foreseen[:, :n]),
    }


def _array(tensor: torch.Tensor) -> Floats:
    return np.asarray(tensor.detach().cpu().double())
