"""Learning from labels: a head on vectors that stand still, or everything at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Cohort
from interplay.represent.brain.batches import in_batches
from interplay.represent.brain.embedding import network_of, reader_of, require_model
from interplay.represent.brain.labels import Labels, LabelTask, known_labels, labels_of
from interplay.represent.brain.network import BrainNetwork
from interplay.represent.brain.predictor import BrainPredictor, Vectors, VectorSource
from interplay.represent.brain.pretraining import model_of, prepare, require_apart, rows_of
from interplay.represent.brain.results import BrainModel, BrainReadout
from interplay.tensors import TrainingPlan, parameters_of, require_device, seeded_torch, torch_threads
from interplay.tensors import train as run_training

if TYPE_CHECKING:
    from interplay.represent.brain.method import BrainSymphony, Tuning

_MODALITIES = ("both", "function", "structure")
#: Which parameters read which modality.
_FUNCTION, _STRUCTURE = ("spatial.", "temporal.", "context.", "perceiver."), ("graph.",)
#: Heads of pre-training, that no label reaches.
_UNUSED = ("spatial_head.", "temporal_head.", "context.decoder.", "context.mask_token", "edges.", "perceiver.head.")


def finetune(
    config: BrainSymphony,
    model: BrainModel | None,
    cohort: Cohort,
    target: str,
    *,
    train: ArrayLike,
    validation: ArrayLike | None,
    depth: str,
    modality: str,
    tuning: Tuning,
    checkpoint: Path | None,
    device: str,
    progress: Progress | None,
) -> BrainReadout:
    """See `BrainSymphony.finetune`."""
    for name, value, valid in (("depth", depth, ("probe", "full")), ("modality", modality, _MODALITIES)):
        if value not in valid:
            raise ConfigError(unknown_name(f"`{name}`", str(value), valid))
    rows, watched = rows_of("train", train, cohort), rows_of("validation", validation, cohort)
    require_apart(cohort, rows, watched)
    start = _untrained(config, cohort, rows) if model is None else model
    require_model(config, start)
    place = require_device(device)
    reader, network = reader_of(start, cohort, place), network_of(start, place)
    source = VectorSource(
        reader, modality, network, width=config.width, still=depth == "probe", drop=tuning.drop, seed=config.seed
    )
    rows, watched = _usable("train", rows, source), watched[source.usable[watched]]
    labels = labels_of(cohort, target, rows)
    watched = watched[known_labels(labels, watched)]
    predictor = _predictor(config, network, source, labels, rows, tuning, depth)
    key = digest(
        cohort.digest, rows, watched, target, depth, modality, replace(tuning, epochs=1), replace(config, threads=1)
    )
    task = LabelTask(
        source,
        labels,
        rows,
        watched,
        batch=len(rows) if depth == "probe" else tuning.batch,
        seed=config.seed,
        precision=config.precision if depth == "full" else "float32",
    )
    plan = TrainingPlan(
        epochs=tuning.epochs,
        learning_rate=tuning.learning_rate or (1e-2 if depth == "probe" else 1e-4),
        weight_decay=tuning.weight_decay,
        clip=config.clip,
        patience=tuning.patience,
        device=device,
        threads=config.threads,
        seed=config.seed,
    )
    trained = run_training(predictor, task, None, plan, checkpoint=checkpoint, key=key, progress=progress)
    return _readout(config, cohort, target, labels, source, trained, rows, watched, depth, modality, model is not None)


def _untrained(config: BrainSymphony, cohort: Cohort, rows: NDArray[np.int64]) -> BrainModel:
    prepared = prepare(config, cohort, rows)
    return model_of(config, cohort, rows, prepared, prepared.network, loss={}, best={}, notes=prepared.scaling.notes)


def _usable(name: str, rows: NDArray[np.int64], source: VectorSource) -> NDArray[np.int64]:
    kept = rows[source.usable[rows]]
    if len(kept) == 0:
        raise DataError(
            f"`{name}` must hold scans with the modality that is read, got none among {len(rows)}. Choose another "
            "`modality`, or other scans."
        )
    return kept


def _predictor(
    config: BrainSymphony,
    network: BrainNetwork,
    source: VectorSource,
    labels: Labels,
    rows: NDArray[np.int64],
    tuning: Tuning,
    depth: str,
) -> BrainPredictor:
    n_out = len(labels.classes) if labels.kind == "class" else 1
    with seeded_torch(config.seed, "brainsymphony", "head"):
        predictor = BrainPredictor(network, config.width, n_out, tuning.pool).to(source.reader.device)
    parts = (_FUNCTION if source.streams[0] else ()) + (_STRUCTURE if source.streams[1] else ())
    for name, value in network.named_parameters():
        learns = depth == "full" and not name.startswith(_UNUSED) and name.startswith(parts)
        value.requires_grad_(learns or (all(source.streams) and name.startswith("gate.")))
    predictor.eval()
    if source.still:
        source.settle(network, config.threads)
    with torch.no_grad(), torch_threads(config.threads):
        parts_read = [source.vectors(network, part, -1) for part in in_batches(rows, tuning.batch)]
        if all(source.streams):
            _even_out(predictor, parts_read)
        pooled = torch.cat([predictor.pooled(vectors)[0] for vectors in parts_read])
    predictor.centre.copy_(pooled.mean(dim=0))
    predictor.spread.copy_(_spread(pooled))
    return predictor


def _even_out(predictor: BrainPredictor, read: list[Vectors]) -> None:
    """Give both streams mean 0 and deviation 1 over the training scans: neither must drown the other in the gate."""
    for name in ("function", "structure"):
        found = [
            torch.einsum("brd,br->bd", getattr(v, name), (v.present / v.present.sum(dim=1, keepdim=True)).float())[has]
            for v in read
            if (has := getattr(v, f"has_{name}")).any()
        ]
        if found:
            pooled = torch.cat(found)
            getattr(predictor, f"{name}_centre").copy_(pooled.mean(dim=0))
            getattr(predictor, f"{name}_spread").copy_(_spread(pooled))


def _spread(vectors: torch.Tensor) -> torch.Tensor:
    """Give the standard deviation of each column; 1 where nothing varies."""
    found = vectors.std(dim=0, correction=0)
    return torch.where(found > 1e-6, found, 1.0)


def _readout(
    config: BrainSymphony,
    cohort: Cohort,
    target: str,
    labels: Labels,
    source: VectorSource,
    trained: Any,
    rows: NDArray[np.int64],
    watched: NDArray[np.int64],
    depth: str,
    modality: str,
    pretrained: bool,
) -> BrainReadout:
    predictor: BrainPredictor = trained.encoder
    if not source.still:
        source.settle(predictor.network, config.threads)
        source.still = True
    usable = np.flatnonzero(source.usable)
    n_out = max(1, len(labels.classes))
    out = np.full((len(cohort), n_out), np.nan)
    gate = np.full((len(cohort), cohort.n_regions), np.nan)
    with torch.no_grad(), torch_threads(config.threads):
        for part in in_batches(usable, 64):
            vectors = source.vectors(predictor.network, part, -1)
            out[part] = predictor(vectors).double().cpu().numpy()
            found = predictor.pooled(vectors)[1]
            if found is not None:
                both = source.has_function[part] & source.has_structure[part]
                gate[part[both]] = found.mean(dim=2).double().cpu().numpy()[both]
    probability = None
    if labels.kind == "class":
        odds = np.exp(out - out.max(axis=1, keepdims=True))
        probability = odds / odds.sum(axis=1, keepdims=True)
        guess = np.where(source.usable, labels.classes[np.nan_to_num(out, nan=-np.inf).argmax(axis=1)], "")
    else:
        guess = out[:, 0] * labels.spread + labels.centre
    flags = [np.isin(np.arange(len(cohort)), part) for part in (rows, watched)]
    return BrainReadout(
        config=config,
        made_from=cohort.digest,
        seed=config.seed,
        notes=trained.notes,
        citations=config.citations,
        target=target,
        kind=labels.kind,
        classes=labels.classes,
        depth=depth,
        modality=modality,
        pretrained=pretrained,
        truth=labels.truth,
        prediction=guess,
        probability=probability,
        gate=gate if np.isfinite(gate).any() else None,
        train=flags[0],
        validation=flags[1],
        loss=dict(trained.trace),
        best_epoch=trained.best_epoch,
        parameters=parameters_of(predictor),
    )
