"""What every measure reads: the present nodes, no self-loops, and one sign layer at a time."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_finite
from interplay._core.errors import ConfigError, DataError, unknown_name

#: "positive": weights above zero. "negative": the sizes of those below zero. "absolute": the sizes of both together.
Layer = Literal["positive", "negative", "absolute"]
LAYERS: tuple[Layer, ...] = ("positive", "negative", "absolute")

Floats = NDArray[np.float64]


def present_part(adjacency: ArrayLike, *, directed: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """Check a matrix, leave absent nodes out and clear the diagonal.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        A node whose whole row and column are NaN is absent, as in ``Snapshots.matrix(s, missing=np.nan)``.
        The diagonal is not read: no measure counts self-loops.
    directed : bool
        False demands a symmetric matrix.

    Returns
    -------
    part : (M, M) float64 array
        The present nodes, in their order, with a zero diagonal; a copy.
    seen : (N,) bool array
        Which nodes are present.

    Raises
    ------
    DataError
        If the matrix is not square, not finite among present nodes, or not symmetric though undirected.
    """
    whole: Floats = Shapes().array("adjacency", adjacency, "N N", finite=False).astype(np.float64)
    unknown: NDArray[np.bool_] = np.isnan(whole)
    seen: NDArray[np.bool_] = np.ones(len(whole), dtype=bool)
    if unknown.any():
        seen = np.asarray(~(unknown.all(axis=0) & unknown.all(axis=1)), dtype=bool)
    part = whole if seen.all() else whole[np.ix_(seen, seen)]
    np.fill_diagonal(part, 0.0)
    require_finite("adjacency", part)
    if not directed and not np.array_equal(part, part.T):
        i, j = (int(k) for k in np.argwhere(part != part.T)[0])
        raise DataError(
            f"`adjacency` of an undirected network must be symmetric: among the present nodes [{i}, {j}]={part[i, j]} "
            f"but [{j}, {i}]={part[j, i]}. Symmetrise it, or pass directed=True."
        )
    return part, seen


def layer_of(part: Floats, layer: Layer) -> Floats:
    """Give the sizes of the weights of one layer, zero elsewhere.

    Parameters
    ----------
    part : (M, M) float64 array
    layer : {"positive", "negative", "absolute"}

    Returns
    -------
    (M, M) float64 array, >= 0

    Raises
    ------
    ConfigError
        If the layer has another name.
    """
    if layer == "positive":
        return np.maximum(part, 0.0)
    if layer == "negative":
        return np.maximum(-part, 0.0)
    if layer == "absolute":
        return np.abs(part)
    raise ConfigError(unknown_name("layer", str(layer), LAYERS))


def scatter(values: NDArray[Any], seen: NDArray[np.bool_]) -> Floats:
    """Put the values of the present nodes into their places; NaN for absent ones, (N,) float64."""
    out = np.full(len(seen), np.nan)
    out[seen] = values
    return out


def ratio(top: ArrayLike, bottom: ArrayLike) -> Floats:
    """Divide; NaN where the divisor is zero."""
    above, below = np.broadcast_arrays(np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64))
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
