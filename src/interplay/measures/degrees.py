"""How much: density, degree, strength, reciprocity, and the balance of excitation and inhibition."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.measures.layers import Floats, Layer, layer_of, present_part, ratio, scatter

Direction = Literal["in", "out", "both"]


def density(adjacency: ArrayLike, *, directed: bool, layer: Layer = "absolute") -> float:
    """Share of possible edges that exist. Higher means more pairs are linked.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node, left out. Diagonal not read.
    directed : bool
    layer : {"absolute", "positive", "negative"}
        Which edges count; the default counts both signs.

    Returns
    -------
    float, in [0, 1]
        NaN with fewer than two present nodes.

    Raises
    ------
    DataError
        See `interplay.measures.layers.present_part`.
    """
    part, _ = present_part(adjacency, directed=directed)
    n = len(part)
    return float(ratio(np.count_nonzero(layer_of(part, layer)), n * (n - 1)))


def degree(adjacency: ArrayLike, *, directed: bool, direction: Direction = "both", layer: Layer = "absolute") -> Floats:
    """Count the edges at each node. Higher means more partners.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    direction : {"both", "in", "out"}
        Of a directed network; "both" adds in and out. An undirected network has one degree, whatever is asked.
    layer : {"absolute", "positive", "negative"}
        Which edges count; the default counts both signs.

    Returns
    -------
    (N,) float64 array, >= 0
        NaN for absent nodes, 0 for isolated ones.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer or direction.
    """
    part, seen = present_part(adjacency, directed=directed)
    links = layer_of(part, layer) > 0
    out, into = links.sum(axis=1), links.sum(axis=0)
    if direction not in ("in", "out", "both"):
        raise ConfigError(unknown_name("direction", str(direction), ("in", "out", "both")))
    both = out + into if directed else out
    return scatter({"in": into, "out": out, "both": both}[direction], seen)


def strength_out(adjacency: ArrayLike, *, directed: bool, layer: Layer | Literal["net"] = "positive") -> Floats:
    """Sum of the weights that leave each node. Higher means it drives more (or, in the negative layer, inhibits more).

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    layer : {"positive", "negative", "absolute", "net"}
        "negative" gives the size of the negative sum; "net" is positive minus negative and may be below zero.

    Returns
    -------
    (N,) float64 array, >= 0 (any sign for "net"), in the unit of the weights
        NaN for absent nodes, 0 for isolated ones.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.
    """
    part, seen = present_part(adjacency, directed=directed)
    return scatter((part if layer == "net" else layer_of(part, layer)).sum(axis=1), seen)


def strength_in(adjacency: ArrayLike, *, directed: bool, layer: Layer | Literal["net"] = "positive") -> Floats:
    """Sum of the weights that reach each node. Higher means it receives more (or is inhibited more).

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    layer : {"positive", "negative", "absolute", "net"}
        As in `strength_out`.

    Returns
    -------
    (N,) float64 array, >= 0 (any sign for "net"), in the unit of the weights
        Equal to `strength_out` of the transpose.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.
    """
    part, seen = present_part(adjacency, directed=directed)
    return scatter((part if layer == "net" else layer_of(part, layer)).sum(axis=0), seen)


def reciprocity(adjacency: ArrayLike, *, weighted: bool = False, layer: Layer = "positive") -> float:
    """Share of a directed network that is returned. Higher means more mutual.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        Read as directed; a symmetric matrix has reciprocity 1. NaN row and column: absent node. Diagonal not read.
    weighted : bool
        False: edges whose opposite exists, over all edges. True: the sum of min(w_ij, w_ji) over the sum of w_ij.
    layer : {"positive", "negative", "absolute"}

    Returns
    -------
    float, in [0, 1]
        NaN without edges in the layer.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.

    References
    ----------
    Squartini, Picciolo, Ruzzenenti, Garlaschelli (2013), Scientific Reports 3, 2729, equation 5 (weighted).
    """
    part, _ = present_part(adjacency, directed=True)
    weights = layer_of(part, layer)
    if not weighted:
        weights = (weights > 0).astype(np.float64)
    return float(ratio(np.minimum(weights, weights.T).sum(), weights.sum()))


def ei_balance(adjacency: ArrayLike, *, directed: bool, sign: ArrayLike | None = None) -> float:
    """Excitation against inhibition. Higher means more excitatory; 0 is balance.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    sign : (N,) int array in {-1, 0, +1} or None
        None: an edge is excitatory or inhibitory by the sign of its weight. Given: by the sign of its source unit, and
        the size of the weight counts; edges of units of unknown sign (0) are left out. In an undirected network both
        ends are sources.

    Returns
    -------
    float, in [-1, 1]
        (excitation - inhibition) / (excitation + inhibition); NaN without edges that count.

    Raises
    ------
    DataError
        On a bad matrix, or signs outside {-1, 0, 1}.
    """
    part, seen = present_part(adjacency, directed=directed)
    if sign is None:
        return float(ratio(part.sum(), np.abs(part).sum()))
    kind = Shapes(N=len(seen)).array("sign", sign, "N", "int")
    if not np.isin(kind, (-1, 0, 1)).all():
        raise DataError(f"`sign` must hold -1, 0 or 1, got {np.unique(kind).tolist()}. Use `recording.units.sign`.")
    out = np.abs(part).sum(axis=1)
    return float(ratio((kind[seen] * out).sum(), (np.abs(kind[seen]) * out).sum()))
