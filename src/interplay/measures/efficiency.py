"""How directly nodes reach each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interplay.measures.layers import Floats, Layer, layer_of, present_part, ratio, scatter


def global_efficiency(
    adjacency: ArrayLike, *, directed: bool, weighted: bool = True, layer: Layer = "positive"
) -> float:
    """Mean of one over the shortest distance of every ordered pair. Higher means shorter ways.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    weighted : bool
        True: an edge of weight w is 1 / w long, so the result scales with the weights. False: every edge is 1 long.
    layer : {"positive", "negative", "absolute"}
        One layer at a time.

    Returns
    -------
    float, >= 0; in [0, 1] if not weighted
        Pairs without a path add 0. NaN with fewer than two present nodes.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.

    Notes
    -----
    Every source is used; nothing is sampled. Not divided by the efficiency of an ideal network. Time: O(N^3 / 64) for
    hops, O(N E log N) or O(N^3) for lengths (`interplay.ops.paths`).

    References
    ----------
    Latora, Marchiori (2001), Phys. Rev. Lett. 87, 198701, equation 1.
    """
    from interplay.ops.bits import pack_bits
    from interplay.ops.paths import all_distances, inverse_hops

    part, _ = present_part(adjacency, directed=directed)
    weights = layer_of(part, layer)
    n = len(part)
    if not weighted:
        return float(ratio(inverse_hops(pack_bits(weights > 0), n).sum(), n * (n - 1)))
    return float(ratio(_inverse_sum(all_distances(_lengths(weights))), n * (n - 1)))


def local_efficiency(
    adjacency: ArrayLike, *, directed: bool, weighted: bool = False, layer: Layer = "positive"
) -> Floats:
    """Efficiency among the partners of each node, with the node taken out. Higher means its loss would matter less.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
        Partners are the sources and targets of a node together; ways among them follow the arrows.
    weighted : bool
        As in `global_efficiency`, on the subnetwork of the partners.
    layer : {"positive", "negative", "absolute"}

    Returns
    -------
    (N,) float64 array, >= 0; in [0, 1] if not weighted
        NaN for absent nodes and for those with fewer than two partners; networkx gives 0 there.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.

    Notes
    -----
    The plain definition of Latora and Marchiori on the subnetwork; the variant of Rubinov and Sporns (2010) that also
    weighs the spokes is not used. Time, with k partners: the sum of k^3 / 64 at worst for hops, of k^3 for lengths.

    References
    ----------
    Latora, Marchiori (2001), Phys. Rev. Lett. 87, 198701, equation 4.
    """
    from interplay.ops.bits import pack_bits
    from interplay.ops.paths import all_distances, inverse_hops_near

    part, seen = present_part(adjacency, directed=directed)
    weights = layer_of(part, layer)
    links = weights > 0
    near = links | links.T
    partners = near.sum(axis=1)
    if weighted:
        sums = np.zeros(len(part))
        for i, row in enumerate(near):
            sums[i] = _inverse_sum(all_distances(_lengths(weights[np.ix_(row, row)])))
    else:
        sums = inverse_hops_near(pack_bits(links), pack_bits(near), len(part))
    return scatter(ratio(sums, partners * (partners - 1)), seen)


def _lengths(weights: Floats) -> Floats:
    out = np.full(weights.shape, np.inf)
    np.divide(1.0, weights, out=out, where=weights > 0)
    return out


def _inverse_sum(distances: Floats) -> float:
    inverse = np.zeros(distances.shape)
    np.divide(1.0, distances, out=inverse, where=distances > 0)
    return float(inverse.sum())
