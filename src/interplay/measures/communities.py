"""Communities of signed, directed networks: what a partition is worth, a good one, and how nodes spread over it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import key_word
from interplay.measures.layers import Floats, Layer, layer_of, present_part, ratio, scatter

#: How the two layers are weighed: see `modularity`.
Weighing = Literal["asymmetric", "symmetric"]


def modularity(
    adjacency: ArrayLike,
    communities: ArrayLike,
    *,
    directed: bool,
    weighing: Weighing = "asymmetric",
    resolution: float = 1.0,
) -> float:
    r"""Weight inside communities beyond what strengths alone would put there. Higher means clearer communities.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        Signed. NaN row and column: absent node. Diagonal not read.
    communities : (N,) int array
        Labels; those of absent nodes are not read.
    directed : bool
        True: Leicht and Newman's null, out-strength of the source times in-strength of the target.
    weighing : {"asymmetric", "symmetric"}
        "asymmetric": positive weights decide, negative ones assist in proportion to their share (Rubinov and Sporns'
        Q*). "symmetric": both layers count by weight (Gomez, Jensen and Arenas).
    resolution : float, > 0
        Multiplies the null; larger finds smaller communities.

    Returns
    -------
    float, in (-2, 2); at most 1 without negative weights
        NaN without edges.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix or labels; on an unknown weighing or a resolution not above zero.

    Notes
    -----
    Each layer has its own null, e = s_out s_in / v, with v the sum of the layer's matrix (each undirected edge twice).
    Asymmetric: Q* = 1/v+ sum (w+ - e+) - 1/(v+ + v-) sum (w- - e-) over ordered pairs of one community, i = j included
    in the null. A layer that is empty adds nothing.

    References
    ----------
    Gomez, Jensen, Arenas (2009), Phys. Rev. E 80, 016114, equation 17. Rubinov, Sporns (2011), NeuroImage 56,
    equation 7. Leicht, Newman (2008), Phys. Rev. Lett. 100, 118703, equation 3.
    """
    from interplay.ops.communities import partition_score

    part, seen = present_part(adjacency, directed=directed)
    labels = Shapes(N=len(seen)).array("communities", communities, "N", "int")[seen]
    if not part.any():
        return float("nan")
    return float(partition_score(modularity_table(part, weighing, resolution), np.ascontiguousarray(labels)))


def find_communities(
    adjacency: ArrayLike,
    *,
    directed: bool,
    weighing: Weighing = "asymmetric",
    resolution: float = 1.0,
    restarts: int = 5,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Partition of high signed modularity, by Louvain moves with refinement, the best of several restarts.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        Signed. NaN row and column: absent node. Diagonal not read.
    directed : bool
    weighing : {"asymmetric", "symmetric"}
    resolution : float, > 0
        As in `modularity`.
    restarts : int, >= 1
        Runs with different visiting orders; the highest modularity is kept, the earliest of equals.
    seed : int

    Returns
    -------
    (N,) int64 array
        Labels 0, 1, ... by first appearance; -1 for absent nodes. Nodes without edges are alone.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on a setting out of range.

    Notes
    -----
    Not guaranteed to be the optimum, which is hard to find; many partitions may be nearly as good. The visiting order
    is hashed from (seed, restart, round, sweep, node). After the coarse levels single nodes are moved again, and groups
    that no pair of positive score holds together are split, so that in a network of positive weights no community is
    disconnected (the guarantee for which Leiden was made). Nodes without an edge do not take part, so they cannot move
    the others. Memory M^2 for M nodes with edges; time a few M^2 per sweep and restart.

    References
    ----------
    Blondel, Guillaume, Lambiotte, Lefebvre (2008), J. Stat. Mech. P10008. Traag, Waltman, van Eck (2019), Scientific
    Reports 9, 5233, for the disconnected communities of plain Louvain.
    """
    require_setting("restarts", restarts, least=1)
    part, seen = present_part(adjacency, directed=directed)
    # Nodes without an edge score zero with everybody: they stay alone, and the search does not see them.
    linked = part.any(axis=0) | part.any(axis=1)
    groups = np.full(len(part), -1, dtype=np.int64)
    groups[linked] = _searched(part[np.ix_(linked, linked)], weighing, resolution, restarts, seed)
    n_groups = int(groups.max(initial=-1)) + 1
    groups[~linked] = n_groups + np.arange(len(part) - int(linked.sum()))
    out = np.full(len(seen), -1, dtype=np.int64)
    out[seen] = _by_first_appearance(groups)
    return out


def _searched(part: Floats, weighing: Weighing, resolution: float, restarts: int, seed: int) -> NDArray[np.int64]:
    """Labels of the best of several runs, for a network in which every node has an edge."""
    from interplay.ops.communities import louvain

    found = np.empty(len(part), dtype=np.int64)
    if len(part) == 0:
        return found
    table = modularity_table(part, weighing, resolution)
    word = np.uint64(key_word("louvain"))
    best = -np.inf
    for restart in range(restarts):
        labels, score = louvain(table, np.uint64(key_word(seed)), word, np.uint64(restart))
        if score > best + 1e-12:
            best = score
            found[:] = labels
    return found


def _by_first_appearance(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]


def community_count(communities: ArrayLike) -> float:
    """Count the communities of at least two nodes. Higher means a finer division.

    Parameters
    ----------
    communities : (N,) int array
        -1 for absent nodes.

    Returns
    -------
    float, in [0, N / 2]
        NaN if no node is present.
    """
    labels = Shapes().array("communities", communities, "N", "int")
    labels = labels[labels >= 0]
    if len(labels) == 0:
        return float("nan")
    return float((np.unique(labels, return_counts=True)[1] >= 2).sum())


def participation(
    adjacency: ArrayLike,
    communities: ArrayLike,
    *,
    directed: bool,
    direction: Literal["out", "in"] = "out",
    layer: Layer = "positive",
) -> Floats:
    """Participation coefficient. Higher means a node's weight is spread more evenly over the communities.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    communities : (N,) int array
        Labels; those of absent nodes are not read.
    directed : bool
    direction : {"out", "in"}
        Which edges of a directed network.
    layer : {"positive", "negative", "absolute"}
        One layer at a time.

    Returns
    -------
    (N,) float64 array, in [0, 1 - 1 / K] for K communities
        1 - sum over communities of (weight to it / strength)^2; NaN for absent nodes and those of strength zero.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix or labels; on an unknown layer or direction.

    References
    ----------
    Guimera, Amaral (2005), Nature 433, equation 2, with weights in place of counts.
    """
    if direction not in ("out", "in"):
        raise ConfigError(unknown_name("direction", str(direction), ("out", "in")))
    part, seen = present_part(adjacency, directed=directed)
    labels = Shapes(N=len(seen)).array("communities", communities, "N", "int")[seen]
    weights = layer_of(part, layer)
    if direction == "in":
        weights = weights.T
    groups, place = np.unique(labels, return_inverse=True)
    member = np.zeros((len(labels), len(groups)))
    member[np.arange(len(labels)), place] = 1.0
    to_group = weights @ member
    share = ratio(to_group, to_group.sum(axis=1, keepdims=True))
    return scatter(1.0 - (share**2).sum(axis=1), seen)


def modularity_table(part: Floats, weighing: Weighing, resolution: float) -> Floats:
    """Score of every pair whose sum inside communities is the modularity; symmetric, (M, M) float64.

    Parameters
    ----------
    part : (M, M) float64 array
        Signed weights, zero diagonal, at least one edge.
    weighing : {"asymmetric", "symmetric"}
    resolution : float, > 0
    """
    require_setting("resolution", resolution, above=0)
    if weighing not in ("asymmetric", "symmetric"):
        raise ConfigError(unknown_name("weighing", str(weighing), ("asymmetric", "symmetric")))
    if len(part) == 0:
        raise DataError("`adjacency` must hold a present node to have a modularity table, got none.")
    positive, negative = layer_of(part, "positive"), layer_of(part, "negative")
    v_positive, v_negative = positive.sum(), negative.sum()
    both = v_positive + v_negative
    table = np.zeros(part.shape)
    if v_positive > 0:
        table += _beyond_null(positive, v_positive, resolution) / (v_positive if weighing == "asymmetric" else both)
    if v_negative > 0:
        table -= _beyond_null(negative, v_negative, resolution) / both
    return (table + table.T) / 2.0


def _beyond_null(weights: Floats, total: float, resolution: float) -> Floats:
    return weights - resolution * np.outer(weights.sum(axis=1), weights.sum(axis=0)) / total
