"""How well an embedding tells which nodes are joined: in its own window, and in the next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.measures.links import evaluate_links
from interplay.ops.areas import curve_areas

Floats = NDArray[np.float64]


def reconstruction(snapshots: Snapshots, vectors: Floats) -> dict[str, Floats]:
    """Score the edges of every window by the inner products of its own vectors.

    Parameters
    ----------
    snapshots : Snapshots
        Undirected; T windows of N nodes.
    vectors : (T, N, D) float array

    Returns
    -------
    dict of "auc" and "ap" to (T,) float64 arrays
        Over all pairs of different present nodes; NaN where a window is empty or full.
    """
    src, dst = np.triu_indices(snapshots.n_nodes, 1)
    out = np.full((2, len(snapshots)), np.nan)
    for t, matrix in enumerate(_joined(snapshots)):
        counted = snapshots.present[t][src] & snapshots.present[t][dst]
        row, column = src[counted], dst[counted]
        score, edge = (vectors[t] @ vectors[t].T)[row, column], matrix[row, column]
        if edge.any() and not edge.all():
            out[:, t] = curve_areas(score[edge], score[~edge])
    return {"auc": out[0], "ap": out[1]}


def prediction(snapshots: Snapshots, foreseen: Floats) -> dict[str, Floats]:
    """Score the edges of every window by vectors that were made from the windows before it.

    Parameters
    ----------
    snapshots : Snapshots
        Undirected; T windows of N nodes.
    foreseen : (T, N, D) float array
        Row t from windows 0 to t - 1 only; row 0 is not read.

    Returns
    -------
    dict of "auc" and "ap" to (T,) float64 arrays
        As `interplay.measures.links.evaluate_links` has them; NaN for the first window.
    """

    def score(known: int, src: NDArray[np.int64], dst: NDArray[np.int64]) -> Floats:
        return np.asarray((foreseen[known] @ foreseen[known].T)[src, dst])

    found = evaluate_links(snapshots, score)
    return {"auc": found.auc, "ap": found.average_precision}


def _joined(snapshots: Snapshots) -> Iterator[NDArray[np.bool_]]:
    for t in range(len(snapshots)):
        cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
        matrix = np.zeros((snapshots.n_nodes, snapshots.n_nodes), dtype=bool)
        matrix[snapshots.src[cut], snapshots.dst[cut]] = True
        yield matrix
