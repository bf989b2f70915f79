"""What the models of streams have in common: their settings, and the doors fit and online."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress, StreamModel
from interplay._core.provenance import digest
from interplay.data import EventSplit, TemporalGraph, split_events
from interplay.represent.stream_results import StreamResult
from interplay.represent.stream_task import StreamAim, StreamTask


@dataclass(frozen=True, kw_only=True)
class StreamMethod(ABC):
    """Settings that every model of a stream has; the models themselves are final classes.

    Parameters
    ----------
    aim : {"link", "sign"}
        What is told of a pair: whether it will meet, or with which sign it will.
    batch : int, events, >= 1
        Scored together, then written together; more where events tie.
    epochs : int, >= 1
        Passes over the training events, at most.
    learning_rate : float, > 0
        Of Adam.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement on the validation events.
    clip : float, > 0, or None
        Largest norm of the gradient.
    threads : int, >= 1
        Of the processor; part of what decides the bits.
    seed : int, >= 0
        Of initial parameters, negatives and dropout.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    aim: StreamAim = "link"
    batch: int = 200
    epochs: int = 20
    learning_rate: float = 1e-3
    patience: int | None = 3
    clip: float | None = None
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.aim not in get_args(StreamAim):
            raise ConfigError(unknown_name("`aim`", self.aim, get_args(StreamAim)))
        require_setting("batch", self.batch, least=1, whole=True)
        require_setting("epochs", self.epochs, least=1, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("threads", self.threads, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    @property
    @abstractmethod
    def name(self) -> str:
        """Registered name."""

    @property
    @abstractmethod
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite, as `interplay.cite` reads them."""

    @abstractmethod
    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the untrained module, a `StreamEncoder`; draws from torch's own generator, seeded by the caller."""

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Set what an untrained module takes from the training events without a gradient, in its buffers or start."""
        return

    def batches(self, training: TemporalGraph) -> NDArray[np.int64] | None:
        """Cut the training events in another way than into equal batches; None does not."""
        return None

    def fit(
        self,
        graph: TemporalGraph,
        *,
        split: EventSplit | None = None,
        checkpoint: Path | None = None,
        progress: Progress | None = None,
    ) -> StreamResult:
        """Train on the first part of a stream and watch the second.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            Of this very stream; None: 70, 15 and 15 % by time. Its last part is not read.
        checkpoint : Path or None
            File to go on from, and to write to after every epoch.
        progress : callable or None
            Called as progress(done, total), in epochs.

        Returns
        -------
        StreamResult

        Raises
        ------
        DataError
            If the split is of another stream, or there is nothing to learn (no event; for signs, one sign only in the
            training or in the validation part, where events of weight 0 have none).
        NumericalError
            If training diverges.
        """
        from interplay.tensors import TrainingPlan, parameters_of, seeded_torch, train

        parts = split_events(graph) if split is None else split
        if parts.graph is not graph and parts.graph.digest != graph.digest:
            raise DataError("`split` must be a split of `graph`, got one of another stream. Split this one.")
        training = parts.training
        if self.aim == "sign":
            _require_signs(training.weight, "training")
            _require_signs(graph.weight[parts.train_stop : parts.validation_stop], "validation")
        n_features = 0 if graph.features is None else graph.features.shape[1]
        with seeded_torch(self.seed, self.name, "initial"):
            encoder = self.encoder(graph.n_nodes, n_features)
        self.prepare(encoder, training)
        task = StreamTask(parts, self.aim, self.batch, self.seed, encoder.parts, self.batches(training))
        plan = TrainingPlan(
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            patience=self.patience,
            clip=self.clip,
            threads=self.threads,
            seed=self.seed,
            checkpoint_every=1,
        )
        key = digest(
            graph.digest, parts.train_stop, parts.validation_stop, parts.hidden, self.name, replace(self, epochs=1)
        )
        trained = train(encoder, task, graph, plan, checkpoint=checkpoint, key=key, progress=progress)
        return StreamResult(
            config=self,
            made_from=graph.digest,
            seed=self.seed,
            notes=trained.notes,
            citations=self.citations,
            method=self.name,
            aim=self.aim,
            parameters=parameters_of(trained.encoder),
            loss=trained.trace,
            best_epoch=trained.best_epoch,
            converged=trained.converged,
            n_nodes=graph.n_nodes,
            n_features=n_features,
            train_stop=parts.train_stop,
            validation_stop=parts.validation_stop,
        )

    def online(self, result: StreamResult) -> StreamModel:
        """Put a trained model to work on streams of the same nodes: nothing is written yet.

        Parameters
        ----------
        result : StreamResult
            Of this configuration.

        Returns
        -------
        StreamModel
        """
        from interplay.represent.online_model import OnlineModel
        from interplay.tensors import seeded_torch, with_parameters

        with seeded_torch(self.seed, self.name, "initial"):
            encoder = self.encoder(result.n_nodes, result.n_features)
        trained = with_parameters(encoder, result.parameters)
        return OnlineModel(trained, result.n_nodes, result.n_features, threads=self.threads)


def _require_signs(weight: NDArray[np.float64], part: str) -> None:
    """Refuse a part without both signs: nothing could be learnt from it, or watched on it."""
    if not ((weight > 0).any() and (weight < 0).any()):
        raise DataError(
            f"`graph` must have events of both signs in its {part} part, got {np.count_nonzero(weight > 0)} positive "
            f"and {np.count_nonzero(weight < 0)} negative. Use aim='link', or split elsewhere."
        )
