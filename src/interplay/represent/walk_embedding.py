"""Nodes that are met near each other on walks get vectors near each other: what all such methods share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Graph, Groups
from interplay.data.node_embedding import NodeEmbedding
from interplay.represent.prepared_walk import Walk
from interplay.represent.reweighting import Reweighting
from interplay.represent.walk_training import LEAST_RATE, Corpus, checked, foresee_nodes
from interplay.represent.walks import UniformWalk, WeightedWalk

#: The papers behind the training.
TRAINING = ("mikolov2013distributed", "ji2019parallelizing")


@dataclass(frozen=True, kw_only=True)
class WalkEmbedding(ABC):
    """Walks from every node, and skip-gram with negative sampling on them; the settings that all such methods share.

    Parameters
    ----------
    dimensions : int, >= 1
        D, length of a vector.
    walks : int, >= 1
        Walks from every node.
    length : int, >= 2
        Nodes of a walk, the start included.
    window : int, >= 1
        Two nodes at most so many steps apart make a pair; how far is drawn from 1..window for every centre.
    negatives : int, >= 1
        Nodes drawn from the noise beside every centre.
    epochs : int, >= 1
        Passes through the same walks.
    learning_rate : float, > 1e-4
        At the start; it falls along a straight line to 1e-4.
    subsample : float, >= 0
        Visits to a node that makes up a share f of the corpus are kept with probability
        ``min(1, sqrt(subsample / f) + subsample / f)``; 0 keeps all.
    reweight : Reweighting or None
        Makes the walks fair: `CrossWeights`, `ConstantWeights` or `FairWeights`, or anything with ``apply(graph,
        groups)`` that gives a graph. Needs `groups` in the fit.
    seed : int, >= 0
    jobs : int, >= 1
        Threads that walk. They change no number.
    hogwild : int, >= 1
        Threads that train. Above 1 they write to the same vectors without locks: faster, and **not repeatable**: two
        fits with one seed differ. The result says so in its notes.

    Raises
    ------
    ConfigError
        If a setting leaves its range.
    """

    dimensions: int = 64
    walks: int = 10
    length: int = 80
    window: int = 10
    negatives: int = 5
    epochs: int = 1
    learning_rate: float = 0.025
    subsample: float = 0.0
    reweight: Reweighting | None = None
    seed: int = 0
    jobs: int = 1
    hogwild: int = 1

    #: Registered name, and the papers behind it.
    method: ClassVar[str]
    citations: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        for name, least in (
            ("dimensions", 1),
            ("walks", 1),
            ("length", 2),
            ("window", 1),
            ("negatives", 1),
            ("epochs", 1),
            ("seed", 0),
            ("jobs", 1),
            ("hogwild", 1),
        ):
            require_setting(name, getattr(self, name), least=least, whole=True)
        require_setting("learning_rate", self.learning_rate, above=LEAST_RATE, most=1)
        require_setting("subsample", self.subsample, least=0)
        if self.reweight is not None and not callable(getattr(self.reweight, "apply", None)):
            raise ConfigError(
                f"`reweight` must have `apply(graph, groups)`, got {self.reweight!r}. "
                "Pass, say, CrossWeights(alpha=.5)."
            )

    @abstractmethod
    def _rule(self, graph: Graph) -> Walk:
        """Choose the walk on the graph as re-weighted."""

    def _weights(self) -> Reweighting | None:
        """How edges are re-weighted before the walk."""
        return self.reweight

    def fit(
        self,
        graph: Graph,
        *,
        groups: Groups | None = None,
        features: ArrayLike | None = None,
        progress: Progress | None = None,
    ) -> NodeEmbedding:
        """Give every node of a graph a vector.

        Parameters
        ----------
        graph : Graph
            Weights >= 0. Walks follow the direction of edges.
        groups : Groups or None
            Needed, and looked at, only where the method re-weights edges by group.
        features : (N, F) array or None
            Not looked at.
        progress : callable or None
            Called as progress(walks trained on, walks to train on).

        Returns
        -------
        NodeEmbedding
            A node that is in no walk of two nodes or more (one without edges), or whose visits were all left out by
            `subsample`, has no vector. Loss, per epoch: minus the
            mean log likelihood of a pair and its noise, along the way, of one centre in 16; NaN if no pair was asked.

        Raises
        ------
        DataError
            If a weight is negative, or groups are needed and missing or of another number of nodes.
        NumericalError
            If the vectors grow beyond all bounds. Lower `learning_rate`.
        """
        weights = self._weights()
        if weights is not None and groups is None:
            raise DataError(
                f"`groups` must be given to {type(self).__name__}, which re-weights edges by group; got None. Pass "
                "`groups=graph.groups(column)`."
            )
        walked = graph if weights is None or groups is None else weights.apply(graph, groups)
        corpus = Corpus(walked, self._rule(walked), self)
        found = self._train(corpus, features, progress)
        notes = [*corpus.notes, *found.notes]
        if self.hogwild > 1:
            notes.append(f"{self.hogwild} threads trained without locks: another fit gives other vectors.")
        used = "" if weights is None or groups is None else groups.digest
        return NodeEmbedding(
            config=self,
            made_from=digest(graph.digest, used, *found.made_from) if used or found.made_from else graph.digest,
            seed=self.seed,
            notes=tuple(notes),
            citations=(*self.citations, *(() if weights is None else (weights.citation,)), *TRAINING),
            method=self.method,
            embedding=found.vectors,
            embedded=found.embedded,
            names=graph.names,
            loss={"loss": found.loss},
        )

    def _train(self, corpus: Corpus, features: Any, progress: Progress | None) -> Trained:
        """Train on the corpus; here, every node foresees those around it."""
        n, visited = len(corpus.visits), corpus.visits > 0
        if not visited.any():
            return Trained(np.zeros((n, self.dimensions)), np.empty(0), visited)
        vectors, loss, trained = foresee_nodes(self, corpus, progress)
        lost = int((visited & ~trained).sum())
        notes = (f"{lost} nodes walk, but `subsample` kept no visit beside them: no vector.",) if lost else ()
        return Trained(checked(vectors, self.dimensions), loss, trained, notes)


class Trained(NamedTuple):
    """What training gives: vectors, loss per epoch, which nodes have a vector, notes, what else it was made from."""

    vectors: NDArray[np.float64]
    loss: NDArray[np.float64]
    embedded: NDArray[np.bool_]
    notes: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FirstOrderEmbedding(WalkEmbedding):
    """A walk embedding whose walk knows only where it stands: in proportion to the weights."""

    def _rule(self, graph: Graph) -> Walk:
        return UniformWalk() if graph.weight is None else WeightedWalk()
