"""Choosing seeds: what all ways have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_ids, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.registry import Registry
from interplay.data import Graph, Groups, NodeEmbedding, TemporalGraph
from interplay.influence.results import SeedResult
from interplay.influence.spreading import resolve_groups

#: Ways to choose seeds by name: each takes `budget`, and `fit(graph, ...)` gives a `SeedResult`.
SEEDERS = Registry(
    "seed choice",
    {
        "degree": "interplay.influence.simple_seeds:DegreeSeeds",
        "greedy": "interplay.influence.greedy_seeds:GreedySeeds",
        "max-min": "interplay.influence.fair_seeds:MaxMinSeeds",
        "medoids": "interplay.influence.medoid_seeds:KMedoidSeeds",
        "page-rank": "interplay.influence.simple_seeds:PageRankSeeds",
        "penalised": "interplay.influence.fair_seeds:PenalisedSeeds",
        "proportional": "interplay.influence.fair_seeds:ProportionalSeeds",
        "random": "interplay.influence.simple_seeds:RandomSeeds",
        "ris": "interplay.influence.reverse_seeds:ReverseReachableSeeds",
    },
)

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SeedChooser(ABC):
    """What every way to choose seeds has; abstract.

    Parameters
    ----------
    budget : int, >= 0
        How many seeds. More than there are candidates: all of them are chosen, and a note says so. 0: none.
    candidates : (M,) int array or None
        Nodes that may be chosen, for example those under an electrode. None: all.
    seed : int, in [0, 2^64)
        Of random numbers, where the method draws any.
    """

    budget: int
    candidates: ArrayLike | None = None
    seed: int = 0

    #: Registered name.
    method: ClassVar[str] = ""
    #: Citation keys.
    cites: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        require_setting("budget", self.budget, least=0, whole=True)
        require_setting("seed", self.seed, least=0, below=2**64, whole=True)
        if self.candidates is not None:
            given = np.asarray(self.candidates)
            if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
                raise ConfigError(
                    f"`candidates` must be a list of node ids, got shape {given.shape} of {given.dtype}. Give whole "
                    "numbers, or None for all nodes."
                )
            object.__setattr__(self, "candidates", tuple(int(v) for v in given))

    def fit(
        self,
        graph: Graph | TemporalGraph,
        *,
        groups: Groups | str | None = None,
        embedding: NodeEmbedding | None = None,
        progress: Progress | None = None,
    ) -> SeedResult:
        """Choose seeds.

        Parameters
        ----------
        graph : Graph or TemporalGraph
        groups : Groups, str or None
            Who belongs together, or the column of the graph that says so. Read by the fair ways only.
        embedding : NodeEmbedding or None
            Read by the ways that choose in an embedding's space only.
        progress : callable or None
            Called as progress(done, total) by long work.

        Returns
        -------
        SeedResult

        Raises
        ------
        DataError
            If candidates, groups or embedding are not those of the graph's nodes, or the way needs one that is missing.
        """
        known = None if groups is None else resolve_groups(graph, groups)
        if embedding is not None and embedding.n_nodes != graph.n_nodes:
            raise DataError(
                f"`embedding` must be of the graph's N={graph.n_nodes} nodes, got {embedding.n_nodes}. Embed the same "
                "graph."
            )
        open_nodes = self._open(graph.n_nodes)
        count = min(self.budget, len(open_nodes))
        notes: tuple[str, ...] = ()
        if self.budget > len(open_nodes):
            notes = (f"The budget of {self.budget} exceeds the {len(open_nodes)} candidates: all of them are seeds.",)
        found = self._choose(graph, known, embedding, open_nodes, count, progress)
        return SeedResult(
            config=self,
            made_from=digest(
                graph.digest,
                None if known is None else known.digest,
                None if embedding is None else embedding.embedding,
            ),
            seed=self.seed,
            notes=(*notes, *found.pop("notes", ())),
            citations=(*self.cites, *found.pop("citations", ())),
            method=self.method,
            **found,
        )

    def _open(self, n_nodes: int) -> Ints:
        """Ids that may be chosen, rising."""
        if self.candidates is None:
            return np.arange(n_nodes)
        ids = np.asarray(self.candidates, dtype=np.int64)
        require_ids("candidates", ids, n_nodes, "N")
        if len(np.unique(ids)) != len(ids):
            raise DataError("`candidates` must name each node once, got repeated ids. Drop the repeats.")
        return np.sort(ids)

    @abstractmethod
    def _choose(
        self,
        graph: Graph | TemporalGraph,
        groups: Groups | None,
        embedding: NodeEmbedding | None,
        open_nodes: Ints,
        count: int,
        progress: Progress | None,
    ) -> dict[str, Any]:
        """Give `seeds`, and whatever else of the result the method knows."""


def require_groups(groups: Groups | None, method: str) -> Groups:
    """Refuse to be fair to nobody."""
    if groups is None:
        raise DataError(f'"{method}" needs `groups`, got None. Pass `graph.groups(column)`.')
    return groups
