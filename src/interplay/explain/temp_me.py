"""TempME: the temporal motifs behind what a model of a stream says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import EventSplit, TemporalGraph, split_events
from interplay.explain.event_motifs import MOTIF_CLASSES, MotifSampler, shuffled_times
from interplay.explain.event_results import EventExplanation, TempMEResult
from interplay.represent.stream_results import StreamResult

if TYPE_CHECKING:
    from interplay.explain.event_queries import Asker, Queries

_CITED = ("chen2023tempme",)


@dataclass(frozen=True, kw_only=True)
class TempME:
    """Temporal motif explainer: learns which walks back in time a frozen model decides by.

    Parameters
    ----------
    walks : int, >= 1
        From each event that the model weighs.
    horizon : int, >= 1, or None
        Steps back are drawn from the last so many events of each node or pair; None, as published: from all.
    hidden : int, >= 1
    time_width : int, >= 1
    beta : float, >= 0
        Weight of the information, against agreement with the model.
    prior : float, in (0, 1)
        Share of motifs that count, a priori.
    temperature : float, > 0
        Of the relaxed draws in training; there are none afterwards.
    queries : int, >= 1
        Events asked about in each pass, spread over the training events.
    step : int, >= 1
        Of these, per step of training: at most a batch of the model.
    null_queries : int, >= 1
        Events from which the shares of the null are counted.
    epochs : int, >= 1
        At most.
    learning_rate : float, > 0
    patience : int, epochs, >= 1, or None
    threads : int, >= 1
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a number is out of range.

    Notes
    -----
    Loss: cross-entropy of the model, asked with weights on its events, to its own hard decisions with all of them, plus
    `beta` times the information of `explain.temp_me_encoder.bottleneck`. The weight of an event is the largest
    probability of a motif it is in. Cost per pass: one replay of the stream into the model, and two weighted questions
    per query.

    Ours: first events are those the model weighs, each walked from equally often, so that every one has a motif; two
    marks tell which ends of an event are the queried pair.

    References
    ----------
    Chen, Ying (2023), NeurIPS 36, arXiv 2310.19324.

    Examples
    --------
    >>> TempME(walks=2).prior
    0.3
    """

    walks: int = 3
    horizon: int | None = 10
    hidden: int = 64
    time_width: int = 16
    beta: float = 0.5
    prior: float = 0.3
    temperature: float = 0.07
    queries: int = 2000
    step: int = 40
    null_queries: int = 500
    epochs: int = 20
    learning_rate: float = 1e-3
    patience: int | None = 3
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("walks", "hidden", "time_width", "queries", "step", "null_queries", "epochs", "threads"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("beta", self.beta, least=0, below=math.inf)
        require_setting("prior", self.prior, above=0, below=1)
        require_setting("temperature", self.temperature, above=0, below=math.inf)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        if self.horizon is not None:
            require_setting("horizon", self.horizon, least=1, whole=True)
        if self.patience is not None:
            require_setting("patience", self.patience, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(
        self,
        trained: StreamResult,
        graph: TemporalGraph,
        *,
        split: EventSplit | None = None,
        checkpoint: Path | None = None,
        progress: Progress | None = None,
    ) -> TempMEResult:
        """Learn to explain a trained model, from the events it learnt from.

        Parameters
        ----------
        trained : StreamResult
            Of a model that weighs single events, as `TGN` does.
        graph : TemporalGraph
            The stream that it was trained on.
        split : EventSplit or None
            The one it was trained with; None: 70, 15 and 15 % by time. Its last part is not read.
        checkpoint : Path or None
            File to go on from, and to write to after every epoch.
        progress : callable or None
            Called as progress(done, total), in epochs.

        Returns
        -------
        TempMEResult

        Raises
        ------
        ConfigError
            If the model does not weigh events.
        DataError
            If the stream is not the one that the model was trained on.
        NumericalError
            If training diverges.
        """
        import torch

        from interplay.explain.temp_me_task import TempMETask
        from interplay.tensors import TrainingPlan, parameters_of, torch_threads, train

        parts = split_events(graph) if split is None else split
        asker = self._asker(trained, graph, parts)
        training = parts.training
        reach = asker.base.candidates(asker.base.begin(), torch.zeros(1, dtype=torch.int64)).shape[1]
        sampler = MotifSampler(shuffled_times(training, seed=self.seed), self.seed, self.horizon)
        null = sampler.shares(queries=self.null_queries, reach=reach, walks=self.walks)
        encoder = self._encoder(training)
        told = {"beta": self.beta, "prior": self.prior, "temperature": self.temperature}
        share = torch.from_numpy(null).float()
        task = TempMETask(asker, parts.train_stop, parts.validation_stop, self.queries, self.step, share, **told)
        plan = TrainingPlan(
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            patience=self.patience,
            threads=self.threads,
            seed=self.seed,
            checkpoint_every=1,
        )
        key = digest(graph.digest, parts.train_stop, parts.validation_stop, dict(trained.parameters), self)
        with torch_threads(self.threads):
            found = train(encoder, task, graph, plan, checkpoint=checkpoint, key=key, progress=progress)
        return TempMEResult(
            config=self,
            made_from=graph.digest,
            seed=self.seed,
            notes=found.notes,
            citations=(*_CITED, *trained.citations),
            explained=trained.method,
            aim=trained.aim,
            parameters=parameters_of(found.encoder),
            loss=found.trace,
            best_epoch=found.best_epoch,
            converged=found.converged,
            null=null,
        )

    def explain(
        self,
        result: TempMEResult,
        trained: StreamResult,
        graph: TemporalGraph,
        *,
        split: EventSplit | None = None,
        queries: int = 500,
        progress: Progress | None = None,
    ) -> EventExplanation:
        """Explain what a model says of test events, and test every way of scoring on the same queries.

        Parameters
        ----------
        result : TempMEResult
            Of this configuration.
        trained : StreamResult
            The model that it explains.
        graph : TemporalGraph
            The stream that it was trained on.
        split : EventSplit or None
            As for `fit`; the queries are of its last part.
        queries : int, >= 1
            Events asked about, in whole batches that are spread over the test; for links, each beside one pair that
            did not meet.
        progress : callable or None
            Called as progress(done, total), in queried events, at most `total`.

        Returns
        -------
        EventExplanation
            Queries behind which there is no event are left out of `fidelity`; a note tells how many.

        Raises
        ------
        ConfigError
            If the model does not weigh events, or `queries` is out of range.
        DataError
            If the stream is not the one that the model was trained on, or no query has an event behind it.
        """
        import torch

        from interplay.explain.event_fidelity import SPARSITIES, FidelityTally, rival_scores
        from interplay.explain.temp_me_encoder import event_logits
        from interplay.tensors import torch_threads, with_parameters

        require_setting("queries", queries, least=1, whole=True)
        parts = split_events(graph) if split is None else split
        asker = self._asker(trained, graph, parts)
        encoder = with_parameters(self._encoder(parts.training), result.parameters).eval()
        tally = FidelityTally(asker.base, SPARSITIES)
        gathered: list[dict[str, NDArray[Any]]] = []
        done = 0
        with torch_threads(self.threads):
            for asked in asker.asked(parts.validation_stop, len(graph), queries):
                with torch.no_grad():
                    whole, motif = asked.logit(asker.base), encoder(asked.given)
                    score = torch.sigmoid(event_logits(motif, asked.given))
                tally.add(asked, whole, True, "temp_me", score.flatten(1))
                for name, scores in rival_scores(asker.base, asked, self.seed):
                    tally.add(asked, whole, False, name, scores)
                gathered.append(_arrays(asked, whole, torch.sigmoid(motif), score))
                done += int((~asked.negative).sum())
                if progress is not None:
                    progress(min(done, queries), queries)
        rows: dict[str, Any] = {name: np.concatenate([g[name] for g in gathered]) for name in gathered[0]}
        counts: NDArray[np.bool_] = (rows["event"] >= 0).any((1, 2))
        if not counts.any():
            raise DataError("`graph` must have events before those of the test, got none at any queried node.")
        notes: list[str] = []
        if not counts.all():
            notes.append(f"{int((~counts).sum())} of {len(counts)} queries have no event behind them: left out.")
        return EventExplanation(
            config=self,
            made_from=graph.digest,
            seed=self.seed,
            notes=tuple(notes),
            citations=(*_CITED, *trained.citations),
            **rows,
            **_class_shares(rows),
            null=result.null,
            sparsity=np.array(SPARSITIES),
            fidelity=tally.result(counts),
        )

    def _asker(self, trained: StreamResult, graph: TemporalGraph, parts: EventSplit) -> Asker:
        from interplay.explain.event_queries import Asker, frozen

        if graph.digest != trained.made_from or parts.graph.digest != graph.digest:
            raise DataError("`graph` must be the stream the model was trained on, got another one. Give that one.")
        base = frozen(trained)
        pool = np.unique(parts.training.dst)
        return Asker(base, graph, trained.aim, trained.config.batch, pool, self.walks, self.horizon, self.seed)

    def _encoder(self, training: TemporalGraph) -> Any:
        import torch

        from interplay.explain.temp_me_encoder import MotifEncoder
        from interplay.represent.stream_scales import time_scales
        from interplay.tensors import seeded_torch

        told = training.weight[:, None]
        if training.features is not None:
            told = np.concatenate([told, training.features], 1)
        with seeded_torch(self.seed, "temp_me", "initial"):
            encoder = MotifEncoder(told.shape[1], self.time_width, self.hidden)
        middle, spread = (torch.from_numpy(x).float() for x in (told.mean(0), told.std(0)))
        encoder.prepare(*time_scales(training), middle, spread)
        return encoder


def _arrays(asked: Queries, whole: Any, motif: Any, score: Any) -> dict[str, NDArray[Any]]:
    """Take a batch out of torch."""
    return {
        "src": asked.src.numpy(),
        "dst": asked.dst.numpy(),
        "time": asked.time.numpy(),
        "negative": asked.negative,
        "value": whole.double().numpy(),
        "event": asked.given.candidate.numpy(),
        "score": score.double().numpy(),
        "motif": asked.given.event.numpy(),
        "motif_kind": asked.given.kind.numpy(),
        "motif_score": motif.double().numpy(),
    }


def _class_shares(rows: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Give the share of each class among the motifs, and in the sum of their scores."""
    there = rows["motif_kind"] >= 0
    kind, score = rows["motif_kind"][there], rows["motif_score"][there]
    size = len(MOTIF_CLASSES)
    drawn = np.bincount(kind, minlength=size) / max(len(kind), 1)
    counted = np.bincount(kind, weights=score, minlength=size) / max(float(score.sum()), 1e-300)
    return {"drawn": drawn, "counted": counted}
