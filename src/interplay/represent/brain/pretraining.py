"""Pre-training: what is learnt of the scans without a model, then stage after stage of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Cohort
from interplay.represent.brain.batches import BrainReader
from interplay.represent.brain.network import FUNCTIONAL, BrainNetwork, Sizes, stage_parameters
from interplay.represent.brain.positions import functional_gradients
from interplay.represent.brain.results import BrainModel
from interplay.represent.brain.scaling import Scaling, fit_scaling, training_moments
from interplay.represent.brain.tasks import MaskedTask
from interplay.tensors import TrainingPlan, parameters_of, require_device, seeded_torch, train

if TYPE_CHECKING:
    from interplay.represent.brain.method import BrainSymphony


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the training scans say before anything is trained, and the network as it begins."""

    network: BrainNetwork
    scaling: Scaling
    covariance: NDArray[np.float64]
    places: NDArray[np.float64]
    sizes: Sizes


def rows_of(name: str, rows: ArrayLike | None, cohort: Cohort) -> NDArray[np.int64]:
    """Check rows of a cohort; None is none of them."""
    if rows is None:
        return np.empty(0, np.int64)
    found = np.asarray(rows)
    if found.dtype == bool:
        found = np.flatnonzero(Shapes(S=len(cohort)).array(name, found, "S", "bool"))
    found = Shapes().array(name, found if found.size else found.astype(np.int64), "K", "int")
    require_ids(name, found, len(cohort), "S")
    if len(np.unique(found)) != len(found):
        raise DataError(f"`{name}` must name each scan once. Leave the repeats out.")
    return found


def require_apart(cohort: Cohort, train: NDArray[np.int64], validation: NDArray[np.int64]) -> None:
    """Refuse a subject on both sides."""
    both = np.intersect1d(cohort.subject[train], cohort.subject[validation])
    if len(both):
        raise DataError(
            f"no subject may be on both sides: {str(both[0])!r} has scans in `train` and in `validation`. "
            "Split by subject, as `cohort.split` does."
        )


def prepare(config: BrainSymphony, cohort: Cohort, rows: NDArray[np.int64]) -> Prepared:
    """Fit scaling and gradients on some scans, and build the network."""
    if cohort.n_regions < 2:
        raise DataError(f"`cohort` must have at least two regions, got {cohort.n_regions}. One is told from another.")
    scaling = fit_scaling(cohort, rows, by=config.scale_by, transform=config.transform)
    function, structure = rows[cohort.has_function[rows]], rows[cohort.has_structure[rows]]
    n = cohort.n_regions
    covariance, correlation = np.zeros((n, n)), np.zeros((n, n))
    if len(function):
        covariance, correlation = training_moments(cohort, function, scaling)
    places = np.zeros((n, 0))
    if "gradient" in (config.positions, config.graph_positions):
        if not len(function):
            raise ConfigError(
                "positions='gradient' needs scans with function, from whose correlation the gradients are taken; no "
                "training scan has it. Take 'learnable'."
            )
        places = functional_gradients(correlation, config.n_gradients)
    sizes = Sizes(n, config.times, places.shape[1], bool(len(function)), bool(len(structure)))
    with seeded_torch(config.seed, "brainsymphony", "initial"):
        network = BrainNetwork(config, sizes)
    return Prepared(network, scaling, covariance, places, sizes)


def pretrain(
    config: BrainSymphony,
    cohort: Cohort,
    *,
    train: ArrayLike | None,
    validation: ArrayLike | None,
    checkpoint: Path | None,
    device: str,
    progress: Progress | None,
) -> BrainModel:
    """See `BrainSymphony.fit`."""
    rows = np.arange(len(cohort)) if train is None else rows_of("train", train, cohort)
    watched = rows_of("validation", validation, cohort)
    if train is None:
        rows = np.setdiff1d(rows, watched)
    require_apart(cohort, rows, watched)
    place = require_device(device)
    prepared = prepare(config, cohort, rows)
    reader = BrainReader(cohort, prepared.scaling, config.times, prepared.places, place)
    reader.require_length(np.concatenate([rows, watched]))
    stages = [s for s in config.stages if (prepared.sizes.function if s in FUNCTIONAL else prepared.sizes.structure)]
    if not stages:
        raise ConfigError(
            f"`stages` must name one that `train` has scans for, got {config.stages} for {len(rows)} scans, "
            f"{int(cohort.has_function[rows].sum())} with function and {int(cohort.has_structure[rows].sum())} with "
            "structure."
        )
    if checkpoint is not None:
        Path(checkpoint).mkdir(parents=True, exist_ok=True)
    network: BrainNetwork = prepared.network
    loss: dict[str, Any] = {}
    best: dict[str, int] = {}
    notes = list(prepared.scaling.notes)
    key = "" if checkpoint is None else digest(cohort.digest, rows, watched, replace(config, threads=1))
    for k, stage in enumerate(stages):
        stage_parameters(network, stage)
        trained = _stage(
            config, stage, reader, rows, watched, network, checkpoint, key, _after(progress, k, stages, config)
        )
        network, loss[stage], best[stage] = trained.encoder, dict(trained.trace), trained.best_epoch
        notes += [f"{stage}: {note}" for note in trained.notes]
    return model_of(config, cohort, rows, prepared, network, loss=loss, best=best, notes=tuple(notes))


def _stage(
    config: BrainSymphony,
    stage: str,
    reader: BrainReader,
    rows: NDArray[np.int64],
    watched: NDArray[np.int64],
    network: BrainNetwork,
    checkpoint: Path | None,
    key: str,
    progress: Progress | None,
) -> Any:
    has = reader.cohort.has_function if stage in FUNCTIONAL else reader.cohort.has_structure
    share = {
        "spatial": config.mask_regions,
        "temporal": config.mask_times,
        "context": config.mask_samples,
        "fusion": config.mask_regions,
        "structural": config.mask_edges,
    }[stage]
    task = MaskedTask(
        stage,
        reader,
        rows[has[rows]],
        watched[has[watched]],
        batch=config.batch,
        share=share,
        seed=config.seed,
        precision=config.precision,
    )
    plan = TrainingPlan(
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        clip=config.clip,
        patience=config.patience,
        device=str(reader.device),
        threads=config.threads,
        seed=config.seed,
        checkpoint_every=1 if len(rows) > 50 else 10,
    )
    # Later stages begin where earlier ones end, so a training that goes further is another one, with files of its own.
    file = None if checkpoint is None else Path(checkpoint) / f"{stage}-{key[:12]}.checkpoint"
    return train(
        network, task, None, plan, checkpoint=file, key=f"{key}:{stage}" if file is not None else "", progress=progress
    )


def _after(progress: Progress | None, k: int, stages: Sequence[str], config: BrainSymphony) -> Progress | None:
    if progress is None:
        return None
    tell, whole = progress, len(stages) * config.epochs
    return lambda done, total: tell(k * config.epochs + done, whole)


def model_of(
    config: BrainSymphony,
    cohort: Cohort,
    rows: NDArray[np.int64],
    prepared: Prepared,
    network: BrainNetwork,
    *,
    loss: dict[str, Any],
    best: dict[str, int],
    notes: tuple[str, ...],
) -> BrainModel:
    """Put what is known into a result."""
    return BrainModel(
        config=config,
        made_from=cohort.digest,
        seed=config.seed,
        notes=notes,
        citations=config.citations,
        method=config.name,
        regions=cohort.regions.id,
        networks=cohort.regions.group,
        times=config.times,
        has_function=prepared.sizes.function,
        has_structure=prepared.sizes.structure,
        parameters=parameters_of(network),
        loss=loss,
        best_epoch=best,
        by=prepared.scaling.by,
        transform=prepared.scaling.transform,
        centre=prepared.scaling.centre,
        spread=prepared.scaling.spread,
        structure_scale=prepared.scaling.structure,
        covariance=prepared.covariance,
        places=prepared.places,
        trained_on=np.unique(cohort.subject[rows]),
    )
