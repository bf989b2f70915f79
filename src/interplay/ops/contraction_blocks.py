"""Networks of parts that only feed forward: each part is scaled for itself, then later parts below earlier ones.

A part is a strongly connected component. Feeding forward costs nothing in the limit: the smaller the scaling of what
receives, beside that of what sends, the less of it returns; so the level of the whole is that of the worst part.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from interplay.ops.contraction_response import Response, grid, peak, reach, scaled, transfer
from interplay.ops.contraction_scaling import Scaling, minimise

Floats = NDArray[np.float64]
_STEEPEST = 40.0


def parts_of(weights: Floats) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Split units into strongly connected components.

    Parameters
    ----------
    weights : (N, N) float64 array
        `weights[post, pre]`.

    Returns
    -------
    list of int64 arrays
        Units of each component.
    (N,) int64 array
        Depth of each unit's component: the length of the longest way to it from one that receives from no other.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n_parts, label = connected_components(csr_array(weights != 0), directed=True, connection="strong")
    post, pre = np.nonzero(weights)
    across = label[post] != label[pre]
    after, before = label[post[across]], label[pre[across]]
    depth = np.zeros(n_parts, dtype=np.int64)
    for _ in range(n_parts):
        deeper = depth.copy()
        np.maximum.at(deeper, after, depth[before] + 1)
        if (deeper == depth).all():
            break
        depth = deeper
    return [np.flatnonzero(label == k) for k in range(n_parts)], depth[label]


def minimise_parts(
    response: Response,
    *,
    start: Floats,
    target: float | None = None,
    tolerance: float = 1e-6,
    stop: Callable[[], bool] = lambda: False,
) -> Scaling:
    """Find the scaling with the smallest reach; like `minimise`, but part by part where the network has several.

    Parameters
    ----------
    response, start, target, tolerance, stop : as in `minimise`

    Returns
    -------
    Scaling
    """
    if len(start) == 1:
        return _single(response)
    parts, depth = parts_of(response.weights)
    if len(parts) == 1:
        return minimise(response, start=start, target=target, tolerance=tolerance, stop=stop)
    n = len(start)
    y = np.zeros(n)
    worst: Scaling | None = None
    units = parts[0]
    for part in parts:
        own = response._replace(
            weights=response.weights[np.ix_(part, part)],
            pole=response.pole[part],
            gain=response.gain[part],
            feed=response.feed[part],
        )
        found = (
            _single(own)
            if len(part) == 1
            else minimise(own, start=start[part], target=target, tolerance=tolerance, stop=stop)
        )
        y[part] = found.log_scaling
        if worst is None or found.bound > worst.bound:
            worst, units = found, part
    assert worst is not None
    rows = np.concatenate((units, units + n)) if response.either_sign else units
    factors = np.zeros(
        (len(worst.factors), 2 * n if response.either_sign else n, worst.factors.shape[2]), np.complex128
    )
    if worst.factors.size:
        factors[:, rows] = worst.factors
    wanted = worst.level if target is None or worst.level >= target else 0.5 * (worst.level + target)
    scaling, level = _stacked(response, y, depth, wanted, tolerance)
    return worst._replace(log_scaling=scaling, level=level, factors=factors)


def _single(response: Response) -> Scaling:
    """Judge one unit, which no scaling changes."""
    level, places = peak(response, grid(response, 8))
    values = reach(response, places)
    best = int(np.argmax(values))
    size = 2 if response.either_sign else 1
    factors = np.full((1, size, 1), 1 / np.sqrt(size), np.complex128)
    if response.either_sign:
        value = transfer(response, places[best : best + 1])[0, 0, 0]
        factors[0, 0, 0] *= value / max(abs(value), 1e-300)
    return Scaling(np.zeros(1), level, max(float(values[best]), 0.0), places[best : best + 1], factors, 0)


def _stacked(
    response: Response, y: Floats, depth: NDArray[np.int64], wanted: float, tolerance: float
) -> tuple[Floats, float]:
    """Put later parts below earlier ones, no further than needed to come near the level wanted."""
    best, lowest = y, np.inf
    steep = 0.0
    while steep <= min(_STEEPEST, 500.0 / max(int(depth.max()), 1)):
        trial = y - steep * depth
        trial = trial - trial.mean()
        moved = scaled(response, trial)
        level = peak(moved, grid(moved, 8))[0]
        if level < lowest:
            best, lowest = trial, level
        if level <= wanted * (1 + tolerance):
            break
        steep += 2.0
    return best, lowest
