"""Clusters around medoids: members that stand for their cluster.

References
----------
Kaufman, Rousseeuw (1990). Schubert, Rousseeuw (2021), for the swaps (FasterPAM) and their use on samples (FasterCLARA).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream

#: Rounds over all points, at most; swaps end long before.
_ROUNDS = 100


class Medoids(NamedTuple):
    """Clusters around members.

    Attributes
    ----------
    medoids : (k,) int64 array
        Ids of points; the cluster of most members comes first, ties by id.
    label : (N,) int64 array
        Place in `medoids` of the nearest one.
    distance : (N,) float64 array
        Euclidean distance to it.
    swaps : int
        Made in all.
    sampled : int
        Points among which medoids were sought; N unless there were too many.
    """

    medoids: NDArray[np.int64]
    label: NDArray[np.int64]
    distance: NDArray[np.float64]
    swaps: int
    sampled: int

    @property
    def cost(self) -> float:
        """Sum of distances to the nearest medoid."""
        return float(self.distance.sum())


def k_medoids(vectors: ArrayLike, k: int, *, seed: int = 0, restarts: int = 1, largest: int = 5000) -> Medoids:
    """Find k of N points with a small sum of Euclidean distances from every point to the nearest of them.

    Parameters
    ----------
    vectors : (N, D) float array
        Finite.
    k : int, in [1, N]
    seed : int
        Of the starting points, and of samples.
    restarts : int, >= 1
        Starts, the best of which is kept.
    largest : int, >= 2
        With more points than that, each restart seeks medoids in another random sample of that many (at least 4 k), and
        all points judge.

    Returns
    -------
    Medoids

    Raises
    ------
    DataError
        If vectors are not finite, or fewer than k.

    Notes
    -----
    The start draws each next medoid in proportion to its distance from those before; then eager swaps until none lowers
    the sum: a local optimum (without sampling), not the best partition. For k = 1 the answer is exact. Equal points may
    all be medoids. Time O(N^2 D) per round over all points, and a few rounds; memory O(N).

    References
    ----------
    Schubert, Rousseeuw (2021), algorithms 3 and 4.

    Examples
    --------
    >>> found = k_medoids([[0.0], [1.0], [2.0], [10.0], [11.0]], 2)
    >>> found.medoids.tolist()[0], found.label.tolist()
    (1, [0, 0, 0, 1, 1])
    """
    from interplay.ops.medoids import assign

    x = np.ascontiguousarray(Shapes().array("vectors", vectors, "N D"), dtype=np.float64)
    require_setting("k", k, least=1, whole=True)
    require_setting("restarts", restarts, least=1, whole=True)
    require_setting("largest", largest, least=2, whole=True)
    n = len(x)
    if k > n:
        raise DataError(f"`vectors` must hold at least k={k} points, got {n}. Ask for fewer medoids.")
    best: Medoids | None = None
    size = n if n <= largest else min(n, max(largest, 4 * k))
    for restart in range(restarts):
        rng = stream(seed, "k-medoids", restart)
        points = np.arange(n) if size == n else np.sort(rng.permutation(n)[:size])
        chosen, swaps = _search(x[points] if size < n else x, k, rng.random(k))
        first, second = np.empty(n, np.int64), np.empty(n, np.int64)
        d_first, d_second = np.empty(n), np.empty(n)
        medoids = np.sort(points[chosen])
        assign(x, medoids, first, second, d_first, d_second)
        medoids = medoids[np.argsort(-np.bincount(first, minlength=k), kind="stable")]
        assign(x, medoids, first, second, d_first, d_second)
        found = Medoids(medoids, first, d_first, swaps + (best.swaps if best else 0), size)
        best = found if best is None or found.cost < best.cost else best._replace(swaps=found.swaps)
    assert best is not None
    return best


def _search(x: NDArray[np.float64], k: int, draws: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    from interplay.ops.medoids import assign, spread_out, swap

    if k == 1:
        n = len(x)
        total = np.zeros(n)
        scratch = np.empty(n, np.int64), np.empty(n, np.int64)
        near, far = np.empty(n), np.empty(n)
        for i in range(n):
            assign(x, np.array([i]), *scratch, near, far)
            total[i] = near.sum()
        return np.array([int(np.argmin(total))]), 0
    medoids = np.empty(k, np.int64)
    spread_out(x, draws, medoids)
    return medoids, int(swap(x, medoids, _ROUNDS))
