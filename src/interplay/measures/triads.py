"""How often the partners of a node are partners of each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay.measures.layers import Floats, Layer, layer_of, present_part, ratio, scatter


def clustering(adjacency: ArrayLike, *, directed: bool, weighted: bool = False, layer: Layer = "positive") -> Floats:
    r"""Clustering coefficient of each node. Higher means its partners are more often linked to each other.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    weighted : bool
        False: Watts and Strogatz; if directed, Fagiolo's binary form. True: Onnela's mean of the cube roots of the
        three weights over the largest weight of the layer; if directed, Fagiolo's weighted form of it.
    layer : {"positive", "negative", "absolute"}
        One layer at a time.

    Returns
    -------
    (N,) float64 array, in [0, 1]
        NaN for absent nodes and where no triangle is possible (fewer than two partners); networkx gives 0 there.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on an unknown layer.

    Notes
    -----
    With S = A + A^T (A if undirected) and A binary or the cube roots of the weights, the triangles at i are half the
    i-th diagonal entry of S^3. Undirected they are divided by k (k - 1) / 2; directed by k (k - 1) - 2 k_mutual, with k
    the total degree, both from the binary layer. The weighted form changes if one largest weight changes; compare
    windows with that in mind. Time: see `interplay.ops.motifs_triangles.triangle_sums`.

    References
    ----------
    Watts, Strogatz (1998), Nature 393. Onnela, Saramaki, Kertesz, Kaski (2005), Phys. Rev. E 71, 065103, equation 9.
    Fagiolo (2007), Phys. Rev. E 76, 026107, equations 6 to 10.
    """
    part, seen = present_part(adjacency, directed=directed)
    weights = layer_of(part, layer)
    links = weights > 0
    total = links.sum(axis=0) + links.sum(axis=1)
    # An undirected network walks each of its three links both ways: eight times the walks, eight times the room.
    possible = total * (total - 1) - 2 * (links & links.T).sum(axis=1) if directed else total * (total - 2)
    walks = _weighted_walks(weights) if weighted else _plain_walks(links)
    return scatter(ratio(walks, possible), seen)


def _plain_walks(links: NDArray[np.bool_]) -> Floats:
    from interplay.ops.bits import pack_bits
    from interplay.ops.motifs_triangles import triangle_counts

    found: Floats = triangle_counts(links, pack_bits(links), pack_bits(np.ascontiguousarray(links.T)))
    return found


def _weighted_walks(weights: Floats) -> Floats:
    from interplay.ops.motifs_triangles import triangle_sums

    sides = np.cbrt(weights / weights.max()) if weights.any() else weights
    found: Floats = triangle_sums(sides + sides.T)
    return found
