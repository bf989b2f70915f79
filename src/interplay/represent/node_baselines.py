"""What any embedding of nodes must beat: random vectors, degrees, and eigenvectors of the Laplacian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.rng import uniform
from interplay.data import Graph, Groups
from interplay.data.node_embedding import NodeEmbedding

#: Up to so many nodes all eigenvectors are computed at once, above only those asked for.
DENSE_NODES = 1500


@dataclass(frozen=True, kw_only=True)
class RandomVectors:
    """A vector per node that knows nothing of the graph: uniform in [-1, 1), each number by its own event.

    Parameters
    ----------
    dimensions : int, >= 1
    seed : int, >= 0
    """

    dimensions: int = 64
    seed: int = 0

    method: ClassVar[str] = "random"

    def __post_init__(self) -> None:
        require_setting("dimensions", self.dimensions, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(
        self,
        graph: Graph,
        *,
        groups: Groups | None = None,
        features: ArrayLike | None = None,
        progress: Progress | None = None,
    ) -> NodeEmbedding:
        """Draw the vectors.

        Parameters
        ----------
        graph : Graph
            Only the number of its nodes counts.
        groups, features : None or anything
            Not looked at.
        progress : callable or None
            Called once, as progress(1, 1).

        Returns
        -------
        NodeEmbedding
            Of all nodes, isolated ones too.
        """
        node, place = np.arange(graph.n_nodes)[:, None], np.arange(self.dimensions)[None, :]
        drawn = 2 * uniform(self.seed, "random vectors", node, place) - 1
        return _result(self, graph, drawn, np.ones(graph.n_nodes, dtype=bool), progress, seed=self.seed)


@dataclass(frozen=True, kw_only=True)
class DegreeVectors:
    """How many edges a node has and how strong they are, as logarithms: columns log(1 + x), each scaled to length 1.

    The columns are degree and strength; of a directed graph, out and in.
    """

    method: ClassVar[str] = "degree"

    def fit(
        self,
        graph: Graph,
        *,
        groups: Groups | None = None,
        features: ArrayLike | None = None,
        progress: Progress | None = None,
    ) -> NodeEmbedding:
        """Count the edges.

        Parameters
        ----------
        graph : Graph
            Strength sums absolute weights.
        groups, features : None or anything
            Not looked at.
        progress : callable or None
            Called once, as progress(1, 1).

        Returns
        -------
        NodeEmbedding
            (N, 2), or (N, 4) of a directed graph. Isolated nodes are not embedded.
        """
        size = np.abs(graph.weights())
        columns = [graph.degree_out(), np.bincount(graph.src, weights=size, minlength=graph.n_nodes)]
        if graph.directed:
            columns += [graph.degree_in(), np.bincount(graph.target, weights=size, minlength=graph.n_nodes)]
        table = np.log1p(np.stack(columns, axis=1).astype(np.float64))
        length = np.sqrt((table**2).sum(axis=0))
        known = (graph.degree_out() > 0) | (graph.degree_in() > 0)
        return _result(self, graph, table / np.where(length > 0, length, 1), known, progress)


@dataclass(frozen=True, kw_only=True)
class SpectralVectors:
    """Eigenvectors of the normalised Laplacian with the smallest eigenvalues, the trivial first one left out.

    Parameters
    ----------
    dimensions : int, >= 1
        D. A graph of N nodes with edges has N - 1 such vectors; further columns are 0, and a note says so.

    Notes
    -----
    Rows are those of the eigenvectors of I - S^(-1/2) W S^(-1/2), S the strengths. Each column is signed so that its
    entry of greatest size (the first, of several) is positive. Where eigenvalues are equal, as 0 is in a graph of
    several parts, the basis is that of the solver. Time O(N^3) up to 1500 nodes; above, Lanczos, O(E D) per step.

    References
    ----------
    Belkin, Niyogi (2003), Neural Computation 15:1373.
    """

    dimensions: int = 64

    method: ClassVar[str] = "spectral"

    def __post_init__(self) -> None:
        require_setting("dimensions", self.dimensions, least=1, whole=True)

    def fit(
        self,
        graph: Graph,
        *,
        groups: Groups | None = None,
        features: ArrayLike | None = None,
        progress: Progress | None = None,
    ) -> NodeEmbedding:
        """Compute the eigenvectors.

        Parameters
        ----------
        graph : Graph
            Weights >= 0. Of a directed graph both directions are added up, and a note says so.
        groups, features : None or anything
            Not looked at.
        progress : callable or None
            Called once, as progress(1, 1).

        Returns
        -------
        NodeEmbedding
            Nodes without strength are not embedded.

        Raises
        ------
        DataError
            If a weight is negative.
        """
        if graph.signed:
            raise DataError(
                "`graph` must have weights >= 0 for a Laplacian, got negative ones. Choose a layer, for example "
                '`graph.layer("absolute")`.'
            )
        notes = []
        weights = graph.to_scipy()
        if graph.directed:
            weights = weights + weights.T
            notes.append("Directions were ignored: weights of both directions are added up.")
        strength = np.asarray(weights.sum(axis=1)).ravel()
        known = strength > 0
        kept = np.flatnonzero(known)
        out = np.zeros((graph.n_nodes, self.dimensions))
        found = min(self.dimensions, max(len(kept) - 1, 0))
        if found:
            from scipy.sparse import diags_array

            scale = diags_array(1 / np.sqrt(strength[kept]))
            out[kept, :found] = _leading(scale @ weights[kept][:, kept] @ scale, found)
        if found < self.dimensions:
            notes.append(f"{len(kept)} nodes with edges have {found} such vectors; columns {found} and on are 0.")
        return _result(self, graph, out, known, progress, notes=tuple(notes), citations=("belkin2003laplacian",))


def _leading(matrix: object, count: int) -> NDArray[np.float64]:
    """Eigenvectors of the largest eigenvalues but the first, falling, each signed by its largest entry."""
    n = matrix.shape[0]  # type: ignore[attr-defined]
    if n <= max(DENSE_NODES, 3 * (count + 1)):
        _, vectors = np.linalg.eigh(matrix.toarray())  # type: ignore[attr-defined]
        vectors = vectors[:, ::-1]
    else:
        from scipy.sparse.linalg import eigsh

        first = 0.5 + uniform(0, "lanczos", np.arange(n))
        values, vectors = eigsh(matrix, k=count + 1, which="LA", v0=first)
        vectors = vectors[:, np.argsort(-values, kind="stable")]
    vectors = vectors[:, 1 : count + 1]
    largest = np.argmax(np.round(np.abs(vectors), 9), axis=0)
    return np.asarray(vectors * np.where(vectors[largest, np.arange(count)] < 0, -1.0, 1.0))


def _result(
    config: RandomVectors | DegreeVectors | SpectralVectors,
    graph: Graph,
    vectors: NDArray[np.float64],
    known: NDArray[np.bool_],
    progress: Progress | None,
    *,
    seed: int | None = None,
    notes: tuple[str, ...] = (),
    citations: tuple[str, ...] = (),
) -> NodeEmbedding:
    if progress is not None:
        progress(1, 1)
    return NodeEmbedding(
        config=config,
        made_from=graph.digest,
        seed=seed,
        notes=notes,
        citations=citations,
        method=config.method,
        embedding=vectors,
        embedded=known,
        names=graph.names,
    )
