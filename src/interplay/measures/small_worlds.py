"""Small-world indices against networks with the same degrees."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import key_word, uniform
from interplay.measures.layers import Floats, Layer, layer_of, present_part, ratio

Target = Literal["random", "lattice"]


class SmallWorld(NamedTuple):
    """Small-world indices and what they are made of; NaN where undefined.

    Attributes
    ----------
    sigma : float, >= 0
        (C / C_random) (E / E_random); above 1 means small-world.
    omega : float
        E / E_random - C / C_lattice; near 0 small-world, below lattice-like, above random-like.
    clustering, efficiency : float, in [0, 1]
        C and E of the network: mean clustering where defined, binary global efficiency.
    clustering_random, efficiency_random, clustering_lattice : float, in [0, 1]
        Means over the null networks.
    """

    sigma: float
    omega: float
    clustering: float
    efficiency: float
    clustering_random: float
    efficiency_random: float
    clustering_lattice: float


def rewired(
    adjacency: ArrayLike,
    *,
    directed: bool,
    target: Target = "random",
    layer: Layer = "positive",
    swaps_per_edge: float = 10.0,
    seed: int = 0,
    index: int = 0,
) -> Floats:
    """Network with exactly the same degrees, from random double-edge swaps of one layer.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
        In- and out-degrees are kept separately.
    target : {"random", "lattice"}
        "lattice" makes only swaps that bring linked nodes closer on a ring whose order is drawn, which raises
        clustering. Nodes without an edge in the layer have no place on the ring.
    layer : {"positive", "negative", "absolute"}
        Which edges are rewired; the others are not in the result.
    swaps_per_edge : float, > 0
        Attempts over number of edges. Some attempts fail: they would make a double edge or a self-loop.
    seed, index : int
        Draws are hashed from (seed, target, index, attempt).

    Returns
    -------
    (N, N) float64 array, 0 or 1
        NaN rows and columns of absent nodes as they came. No self-loops. A complete network comes back as it is.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on a setting out of range.

    References
    ----------
    Maslov, Sneppen (2002), Science 296. Sporns, Zwi (2004), Neuroinformatics 2 (lattice).
    """
    part, seen = present_part(adjacency, directed=directed)
    links = layer_of(part, layer) > 0
    mixed, _ = _swapped(links, directed, target, swaps_per_edge, seed, index)
    out = np.full((len(seen), len(seen)), np.nan)
    out[np.ix_(seen, seen)] = mixed
    return out


def small_world(
    adjacency: ArrayLike,
    *,
    directed: bool,
    layer: Layer = "positive",
    nulls: int = 10,
    swaps_per_edge: float = 10.0,
    seed: int = 0,
) -> SmallWorld:
    """Small-world indices sigma and omega of the binary layer, with efficiency in the place of path length.

    Parameters
    ----------
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        NaN row and column: absent node. Diagonal not read.
    directed : bool
    layer : {"positive", "negative", "absolute"}
    nulls : int, >= 1
        Random networks, and as many lattices.
    swaps_per_edge : float, > 0
        Attempts over number of edges in making each.
    seed : int

    Returns
    -------
    SmallWorld
        Sigma and omega are NaN where no swap is possible (complete, star-like and very small networks) or the nulls
        have no triangles.

    Raises
    ------
    DataError, ConfigError
        On a bad matrix; on a setting out of range.

    Notes
    -----
    Deviation from the sources: the mean path length L is replaced by 1 / E, the harmonic mean, which stays finite in a
    disconnected network; so L_random / L becomes E / E_random. Sigma grows with N and falls with density: compare
    windows of one recording only where these are alike. The lattice keeps degrees and is made by greedy swaps, so it is
    the best lattice found, not the best there is. Time: 2 nulls (10 E swaps + triangles + hops).

    References
    ----------
    Humphries, Gurney (2008), PLoS ONE 3, e0002051, equation 3 (sigma). Telesford, Joyce, Hayasaka, Burdette,
    Laurienti (2011), Brain Connectivity 1, equation 2 (omega).
    """
    require_setting("nulls", nulls, least=1)
    part, _ = present_part(adjacency, directed=directed)
    every = layer_of(part, layer) > 0
    links = every[np.ix_(*[_linked(every)] * 2)]
    if len(links) == 0:
        nothing = float(ratio(0, len(every) * (len(every) - 1)))
        return SmallWorld(np.nan, np.nan, np.nan, nothing, np.nan, np.nan, np.nan)
    # Clustering is a mean over nodes with partners; efficiency one over all pairs, and the indices hold ratios of it.
    share = len(links) * (len(links) - 1) / (len(every) * (len(every) - 1))
    own_c, own_e = _clustering_and_efficiency(links, directed)
    values = np.full((2, nulls, 2), np.nan)
    targets: tuple[Target, Target] = ("random", "lattice")
    if own_c == own_c:
        for t, target in enumerate(targets):
            for k in range(nulls):
                mixed, made = _swapped(links, directed, target, swaps_per_edge, seed, k)
                if made == 0 and target == "random":
                    return SmallWorld(np.nan, np.nan, own_c, own_e * share, np.nan, np.nan, np.nan)
                values[t, k] = _clustering_and_efficiency(mixed, directed)
    (random_c, random_e), (lattice_c, _) = values.mean(axis=1).tolist()
    sigma = own_c / random_c * own_e / random_e if random_c > 0 and random_e > 0 else np.nan
    omega = own_e / random_e - own_c / lattice_c if lattice_c > 0 and random_e > 0 else np.nan
    return SmallWorld(sigma, omega, own_c, own_e * share, random_c, random_e * share, lattice_c)


def _swapped(
    links: NDArray[np.bool_], directed: bool, target: Target, swaps_per_edge: float, seed: int, index: int
) -> tuple[NDArray[np.bool_], int]:
    from interplay.ops.rewiring import swap_edges

    require_setting("swaps_per_edge", swaps_per_edge, above=0)
    linked = np.ix_(*[_linked(links)] * 2)
    mixed = links[linked]
    src, dst = np.nonzero(mixed if directed else np.triu(mixed))
    ring = np.empty(0, dtype=np.int64)
    if target == "lattice":
        ring = np.argsort(np.argsort(uniform(seed, "ring", index, np.arange(len(mixed))), kind="stable"))
    word = np.uint64(key_word("swap " + target))
    attempts = int(np.ceil(swaps_per_edge * len(src)))
    made = swap_edges(
        mixed, src, dst, directed, np.uint64(key_word(seed)), word, np.uint64(index), attempts, ring.astype(np.int64)
    )
    out = np.zeros_like(links)
    out[linked] = mixed
    return out, int(made)


def _linked(links: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(links.any(axis=0) | links.any(axis=1))


def _clustering_and_efficiency(links: NDArray[np.bool_], directed: bool) -> tuple[float, float]:
    """Mean clustering where defined (NaN if nowhere) and binary global efficiency."""
    from interplay.measures.efficiency import global_efficiency
    from interplay.measures.triads import clustering

    graph = links.astype(np.float64)
    each = clustering(graph, directed=directed)
    defined = each[~np.isnan(each)]
    mean = float(defined.mean()) if len(defined) else float("nan")
    return mean, global_efficiency(graph, directed=directed, weighted=False)
