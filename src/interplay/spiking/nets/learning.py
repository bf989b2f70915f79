"""Training a network on labelled samples: cross-entropy, the tempered divergence, and nothing hidden between calls."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.spiking.nets.auxiliary import auxiliary
from interplay.spiking.nets.bayesian import BayesianLayer
from interplay.spiking.nets.passing import Pass
from interplay.spiking.nets.results import SpikingModel
from interplay.tensors import TrainingPlan, parameters_of, require_device, seeded_torch, torch_threads, train

if TYPE_CHECKING:
    from interplay.spiking.nets.method import SpikingNet


def learn(
    config: SpikingNet,
    data: Any,
    *,
    train: ArrayLike | None,
    validation: ArrayLike | None,
    checkpoint: Path | None,
    device: str,
    progress: Progress | None,
) -> SpikingModel:
    """Train; see `SpikingNet.fit`."""
    target = require_device(device)
    prepared = config.prepare(data)
    shape = config.shape(prepared)
    units, made_from, data = _units(data), str(data.digest), prepared
    rows = rows_of("train", train, len(data.label))
    if train is None:
        rows = np.arange(len(data.label))
    watched = rows_of("validation", validation, len(data.label))
    _require_apart(rows, watched)
    notes = (*_notes(data, rows, watched), *config.unseen(data, rows))
    _require_no_remainder(config, len(rows))
    with seeded_torch(config.seed, config.name, "begin"):
        network = config.build(shape, len(data.classes))
    task = LabelTask(config, rows, watched, target)
    start = layer_gradients(config, network.to(target), data, rows)
    plan = TrainingPlan(
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        clip=config.clip,
        patience=config.patience,
        keep=config.keep,
        device=device,
        checkpoint_every=1,
        seed=config.seed,
        threads=config.threads,
    )
    settings = {name: value for name, value in asdict(config).items() if name != "epochs"}
    key = digest(config.name, settings, made_from, rows, watched)
    trained = run(network, task, data, plan, checkpoint=checkpoint, key=key, progress=progress)
    return SpikingModel(
        config=config,
        made_from=made_from,
        seed=config.seed,
        notes=(*notes, *trained.notes),
        citations=config.citations,
        method=config.name,
        classes=data.classes,
        input_shape=shape,
        units=units,
        parameters=parameters_of(trained.encoder),
        trace=trained.trace,
        best_epoch=trained.best_epoch,
        gradient_start=start,
        gradient_end=layer_gradients(config, trained.encoder, data, rows),
        trained_on=len(rows),
    )


#: The one training loop, under a name that the argument `train` does not hide.
run = train


class LabelTask:
    """Cross-entropy of labels plus β KL / N plus what keeps the gradient's bias low.

    Parameters
    ----------
    config : SpikingNet
    rows, watched : int64 arrays
        Samples to learn from, and to watch.
    device : torch.device
    """

    parts = ("loss", "cross_entropy", "kl", "auxiliary")

    def __init__(
        self, config: SpikingNet, rows: NDArray[np.int64], watched: NDArray[np.int64], device: torch.device
    ) -> None:
        self.config, self.rows, self.watched, self.device = config, rows, watched, device

    def batches(self, data: Any, epoch: int) -> Iterator[tuple[Any, NDArray[np.int64]]]:
        """Give data and samples, in an order that the epoch's number decides."""
        order = stream(self.config.seed, "spiking", "order", epoch).permutation(self.rows)
        for first in range(0, len(order), self.config.batch):
            yield data, order[first : first + self.config.batch]

    def loss(
        self, encoder: nn.Module, batch: tuple[Any, NDArray[np.int64]], generator: torch.Generator
    ) -> tuple[Tensor, ...]:
        """Give the loss of one batch, and its parts."""
        data, rows = batch
        passed = Pass(generator, self.config.noise)
        logits = encoder(self.config.read(data, rows).to(self.device), passed)
        error = functional.cross_entropy(logits, labels(data, rows, self.device))
        kl = divergence(encoder)
        extra = auxiliary(passed, self.config.rule, *self.config.auxiliary_weights)
        return error + self.config.kl_weight / len(self.rows) * kl + extra, error, kl, extra

    def held_out(self, encoder: nn.Module, data: Any) -> float | None:
        """Cross-entropy of the validation samples under one draw, the same draws in every epoch."""
        if not len(self.watched):
            return None
        generator = torch.Generator(self.device)
        generator.manual_seed(int(stream(self.config.seed, "spiking", "watched").integers(2**63)))
        total = 0.0
        for first in range(0, len(self.watched), self.config.batch):
            rows = self.watched[first : first + self.config.batch]
            logits = encoder(self.config.read(data, rows).to(self.device), Pass(generator, self.config.noise))
            total += float(functional.cross_entropy(logits, labels(data, rows, self.device), reduction="sum"))
        return total / len(self.watched)


def labels(data: Any, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Give the classes of samples as a tensor."""
    return torch.from_numpy(np.array(data.label[rows])).to(device)


def divergence(network: nn.Module) -> Tensor:
    """Give KL(posterior ‖ prior) of all layers, in nats."""
    parts = [layer.divergence() for layer in network.modules() if isinstance(layer, BayesianLayer)]
    return torch.stack(parts).sum()


def layer_gradients(config: SpikingNet, network: nn.Module, data: Any, rows: NDArray[np.int64]) -> dict[str, float]:
    """Give the norm of the cross-entropy's gradient for the mean weights of every layer, on one batch.

    One draw, the same before and after training; the network is left as it was.
    """
    network = copy.deepcopy(network).train()  # batch normalisation would keep what it sees
    device = next(network.parameters()).device
    rows = stream(config.seed, "spiking", "order", 0).permutation(rows)[: config.batch]
    generator = torch.Generator(device)
    generator.manual_seed(int(stream(config.seed, "spiking", "gradients").integers(2**63)))
    passed = Pass(generator, config.noise)
    with torch_threads(config.threads):
        logits = network(config.read(data, rows).to(device), passed)
        error = functional.cross_entropy(logits, labels(data, rows, device))
        means = [driven.layer.mean for driven in passed.driven]
        slopes = torch.autograd.grad(error, means, allow_unused=True)
    return {
        driven.name: 0.0 if slope is None else float(torch.linalg.vector_norm(slope))
        for driven, slope in zip(passed.driven, slopes, strict=True)
    }


def rows_of(name: str, rows: ArrayLike | None, count: int) -> NDArray[np.int64]:
    """Check rows of S = `count` samples; None is none of them."""
    if rows is None:
        return np.empty(0, np.int64)
    found = np.asarray(rows)
    if found.dtype == bool:
        found = np.flatnonzero(Shapes(S=count).array(name, found, "S", "bool"))
    found = Shapes().array(name, found if found.size else found.astype(np.int64), "K", "int")
    require_ids(name, found, count, "S")
    if len(np.unique(found)) != len(found):
        raise DataError(f"`{name}` must name each sample once. Leave the repeats out.")
    return np.array(found)


def _require_apart(rows: NDArray[np.int64], watched: NDArray[np.int64]) -> None:
    if not len(rows):
        raise DataError("`train` must name at least one sample, got none. Give some.")
    both = np.intersect1d(rows, watched)
    if len(both):
        raise DataError(
            f"no sample may be on both sides: row {both[0]} is in `train` and in `validation`. Leave it out of one."
        )


def _require_no_remainder(config: SpikingNet, count: int) -> None:
    if config.normalise == "batch" and count % config.batch == 1:
        raise DataError(
            f"batch normalisation needs at least two samples in every batch, but {count} samples in batches of "
            f"{config.batch} leave one alone. Take another `batch`."
        )


def _notes(data: Any, rows: NDArray[np.int64], watched: NDArray[np.int64]) -> tuple[str, ...]:
    notes = []
    there = np.unique(data.label[rows])
    if len(there) < len(data.classes):
        absent = [str(data.classes[k]) for k in range(len(data.classes)) if k not in set(there.tolist())]
        notes.append(f"No sample to learn from belongs to {', '.join(absent)}.")
    both = set(data.group[rows].tolist()) & set(data.group[watched].tolist()) - {""}
    if both:
        notes.append(
            f"{len(both)} of the groups (speakers, subjects) have samples to learn from and samples to watch: what is "
            "watched says little about new ones."
        )
    return tuple(notes)


def _units(data: Any) -> int:
    return int(data.n_units) if hasattr(data, "n_units") else int(np.prod(data.image.shape[1:]))
