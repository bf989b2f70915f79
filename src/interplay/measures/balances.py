"""Structural balance of a signed network: its triangles against chance, and how far it is from two camps.

References
----------
Heider (1946), Journal of Psychology 21:107. Cartwright, Harary (1956), Psychological Review 63:277. Leskovec,
Huttenlocher, Kleinberg (2010), CHI: triangles against signs dealt anew. Aref, Wilson (2018), Journal of Complex
Networks 6:566: partial balance and the frustration index.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.data import Graph, TemporalGraph
from interplay.measures.event_results import SignedBalance

Ids = NDArray[np.int64]

#: A sum this small beside the sizes of its terms is one that cancels.
_CANCELS = 1e-12


def signed_balance(
    graph: TemporalGraph | Graph, *, draws: int = 200, restarts: int = 20, seed: int = 0
) -> SignedBalance:
    """Count signed triangles, hold them against chance, and bound the frustration index.

    Parameters
    ----------
    graph : TemporalGraph or Graph
        Weights of all events or edges between two nodes, in either direction, are summed; the sign of the sum is the
        sign of the undirected edge, and edges whose weights cancel are left out. Self-loops do not count.
    draws : int, >= 1
        How often the signs are dealt anew to the same edges.
    restarts : int, >= 1
        Local searches for the division.
    seed : int, >= 0

    Returns
    -------
    SignedBalance

    Notes
    -----
    O(E^1.5) time and memory for the triangles, O(draws T) for the null. The frustration index is NP-hard: it lies
    between edge-disjoint negative cycles, packed greedily, and the edges that the best division leaves frustrated.
    Where the two agree it is exact.
    """
    from interplay.ops.frustration import divide, pack_cycles
    from interplay.ops.triangles import list_triangles

    require_setting("seed", seed, least=0, whole=True)
    require_setting("draws", draws, least=1, whole=True)
    require_setting("restarts", restarts, least=1, whole=True)
    n = graph.n_nodes
    src, dst, weight = _ends(graph)
    keep = src != dst
    key, place = np.unique(np.minimum(src, dst)[keep] * n + np.maximum(src, dst)[keep], return_inverse=True)
    # In an order of the weights' own, so that no rounding hangs on the order of tied events.
    order = np.lexsort((weight[keep], place))
    total = np.bincount(place[order], weight[keep][order], len(key))
    size = np.bincount(place, np.abs(weight[keep]), len(key))
    real = np.abs(total) > _CANCELS * size
    a, b = np.divmod(key[real], max(n, 1))
    negative = total[real] < 0
    triangles = list_triangles(a, b, n)
    sides = np.stack(
        [np.searchsorted(key[real], triangles[:, i] * n + triangles[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    ).reshape(3, -1)
    count = negative[sides].sum(0)
    balanced = float((count % 2 == 0).mean()) if len(count) else float("nan")
    null = _dealt_anew(negative, sides, draws, seed) if len(count) else np.full(draws, np.nan)
    offsets, target, entry, twin = _rows(a, b, n)
    camp = np.empty(n, np.int8)
    word = np.uint64(seed)
    upper = int(divide(offsets, target, negative[entry], np.empty(n, np.int8), word, restarts, camp))
    lower = int(pack_cycles(offsets, target, twin, negative[entry], np.empty(len(target), bool)))
    far = np.abs(null - null.mean()) >= abs(balanced - null.mean()) - 1e-12
    return SignedBalance(
        triangles=np.bincount(count, minlength=4)[:4],
        balanced=balanced,
        null_mean=float(null.mean()),
        null_sd=float(null.std()),
        pvalue=float((1 + far.sum()) / (1 + draws)) if len(count) else float("nan"),
        frustration_lower=lower,
        frustration_upper=upper,
        side=camp.astype(np.int64),
        n_positive=int((~negative).sum()),
        n_negative=int(negative.sum()),
        n_cancelled=int((~real).sum()),
    )


def _ends(graph: TemporalGraph | Graph) -> tuple[Ids, Ids, NDArray[np.float64]]:
    if isinstance(graph, TemporalGraph):
        return graph.src, graph.dst, graph.weight
    src = np.repeat(np.arange(graph.n_nodes), np.diff(graph.offsets))
    weight = np.ones(len(src)) if graph.weight is None else graph.weight
    return src, graph.target.astype(np.int64), weight


def _dealt_anew(negative: NDArray[np.bool_], sides: Ids, draws: int, seed: int) -> NDArray[np.float64]:
    """Share of balanced triangles when the signs are shuffled over the edges."""
    rng = stream(seed, "signed balance")
    out = np.empty(draws)
    for k in range(draws):
        shuffled = rng.permutation(negative)
        out[k] = (~(shuffled[sides[0]] ^ shuffled[sides[1]] ^ shuffled[sides[2]])).mean()
    return out


def _rows(a: Ids, b: Ids, n: int) -> tuple[Ids, Ids, Ids, Ids]:
    """Lay undirected edges out in rows: offsets, targets, the edge of every entry, and its entry in the other row."""
    src, dst = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((dst, src))
    entry = np.tile(np.arange(len(a)), 2)[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(src, minlength=n))])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    other = np.concatenate([place[len(a) :], place[: len(a)]])
    return offsets, dst[order], entry, other[order]
