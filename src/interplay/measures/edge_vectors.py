"""Products of the edge weights of two windows over the pairs of nodes present in both.

A pair without a stored edge has weight zero. Where edges are few, only they are touched: with K edges in either window
and P pairs, the other P - K pairs all add the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.measures.layers import Floats

#: Entries of a block of edge vectors held in memory at once (32 MiB of float64).
_BLOCK = 1 << 22

#: Up to this share of pairs with an edge, sums over edges lose no digits against sums over pairs.
_FEW = 0.25

#: Share of a sum of squares below which a difference of two such sums is rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class EdgeProducts:
    """Sums over the pairs present in two windows.

    Attributes
    ----------
    cross : (S, S) float64 array
        Products of the weights of windows s and t, of their deviations from the mean over these pairs if centred.
    square : (S, S) float64 array
        Squares of the same of window s.
    """

    cross: Floats
    square: Floats


def edge_products(snapshots: Snapshots, *, centred: bool) -> EdgeProducts:
    """Sum the products of edge weights of every two windows; self-loops are left out.

    Parameters
    ----------
    snapshots : Snapshots
    centred : bool
        Whether means over the shared pairs are subtracted.

    Returns
    -------
    EdgeProducts

    Notes
    -----
    Both ways give the same sums. Over edges (of a large network in which at most a quarter of the pairs have one): time
    O(S E), memory O(E + S^2). Over pairs: time O(S^2 P) for P pairs, in blocks of 32 MiB.
    """
    proper = int((snapshots.src != snapshots.dst).sum())
    large = len(snapshots) * snapshots.n_nodes**2 > _BLOCK
    if large and proper <= _FEW * float(_n_pairs(snapshots.present.sum(axis=1), snapshots.directed).sum()):
        return products_over_edges(snapshots, centred=centred)
    return products_over_pairs(snapshots, centred=centred)


def products_over_edges(snapshots: Snapshots, *, centred: bool) -> EdgeProducts:
    """Sum over stored edges, and count the pairs that have none; see `edge_products`."""
    from scipy.sparse import csr_array

    size = len(snapshots)
    proper = snapshots.src != snapshots.dst
    src, dst, weight = snapshots.src[proper], snapshots.dst[proper], snapshots.weight[proper]
    owner = snapshots.snapshot[proper]
    _, column = np.unique(src * snapshots.n_nodes + dst, return_inverse=True)
    table = csr_array((weight, (owner, column)), shape=(size, int(column.max(initial=-1)) + 1))
    # An edge counts where both windows have both its nodes; where both store it, they do.
    cross = np.asarray((table @ table.T).toarray(), dtype=np.float64)
    total, square, stored = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    rows, same = np.unique(snapshots.present, axis=0, return_inverse=True)
    for k, present in enumerate(rows):
        seen = present[src] & present[dst]
        like = np.ravel(same) == k
        for out, values in ((total, weight[seen]), (square, weight[seen] ** 2), (stored, None)):
            out[:, like] = np.bincount(owner[seen], weights=values, minlength=size)[:, None]
    if not centred:
        return EdgeProducts(cross=cross, square=square)
    common = snapshots.present.astype(np.float64) @ snapshots.present.T
    pairs = _n_pairs(common, snapshots.directed)
    shared = np.maximum(pairs, 1.0)
    cross -= total * total.T / shared
    square -= total**2 / shared
    # Two windows may share so few nodes that most of their pairs have edges: there, means are subtracted first.
    full = np.maximum(stored, stored.T) > _FEW * pairs
    for s, t in np.argwhere(np.triu(full)).tolist():
        xy, xx, yy = two_windows(snapshots, s, t)
        cross[s, t] = cross[t, s] = xy
        square[s, t], square[t, s] = xx, yy
    return EdgeProducts(cross=cross, square=square)


def products_over_pairs(snapshots: Snapshots, *, centred: bool) -> EdgeProducts:
    """Sum over all pairs, in blocks; see `edge_products`."""
    size = len(snapshots)
    count, cross = np.zeros((size, size)), np.zeros((size, size))
    total, square = np.zeros((size, size)), np.zeros((size, size))
    means = _mean_weights(snapshots) if centred else np.zeros(size)
    for values, seen in _edge_blocks(snapshots):
        mask = seen.astype(np.float64)
        # Means are subtracted first (the correlation does not mind) so that the differences below lose no digits.
        apart = (values - means[:, None]) * mask
        count += mask @ mask.T
        cross += apart @ apart.T
        total += apart @ mask.T
        square += (apart**2) @ mask.T
    if centred:
        shared = np.maximum(count, 1.0)
        cross = cross - total * total.T / shared
        rest = square - total**2 / shared
        # What rounding leaves of a window that is constant over the shared pairs is not variation.
        square = np.where(rest > _ROUNDING * square, rest, 0.0)
    return EdgeProducts(cross=cross, square=square)


def two_windows(snapshots: Snapshots, s: int, t: int) -> tuple[float, float, float]:
    """Sum the centred products of two windows: of both, of s alone, of t alone.

    Parameters
    ----------
    snapshots : Snapshots
    s, t : int, in [0, S)

    Returns
    -------
    cross, square_s, square_t : float
        A square is exactly zero where its window is constant over the shared pairs, or there is none.

    Notes
    -----
    With m the mean over P pairs, K of which have an edge in either window, the sum is that of (v - m_s) (w - m_t) over
    the K plus (P - K) m_s m_t. Time O(K log K).
    """
    common = snapshots.present[s] & snapshots.present[t]
    pairs = float(_n_pairs(common.sum(), snapshots.directed))
    keys, weights = [], []
    for k in (s, t):
        cut = slice(snapshots.pointer[k], snapshots.pointer[k + 1])
        src, dst = snapshots.src[cut], snapshots.dst[cut]
        use = (src != dst) & common[src] & common[dst]
        keys.append(src[use] * snapshots.n_nodes + dst[use])
        weights.append(snapshots.weight[cut][use])
    either = np.union1d(*keys)
    values = np.zeros((2, len(either)))
    for row, key, weight in zip(values, keys, weights, strict=True):
        row[np.searchsorted(either, key)] = weight
    rest = pairs - len(either)
    apart, mean = np.zeros(values.shape), np.zeros(2)
    for k, row in enumerate(values):
        edge = row if rest == 0 else np.append(row, 0.0)
        if len(edge) and np.ptp(edge) > 0:
            mean[k] = row.sum() / pairs
            apart[k] = row - mean[k]
    xy, xx, yy = (float((apart[i] * apart[j]).sum() + rest * mean[i] * mean[j]) for i, j in ((0, 1), (0, 0), (1, 1)))
    return xy, xx, yy


def _n_pairs(nodes: NDArray[np.number], directed: bool) -> Floats:
    n = np.asarray(nodes, dtype=np.float64)
    return np.asarray(n * (n - 1.0) / (1.0 if directed else 2.0), dtype=np.float64)


def _mean_weights(snapshots: Snapshots) -> Floats:
    pairs = _n_pairs(snapshots.present.sum(axis=1), snapshots.directed)
    proper = snapshots.src != snapshots.dst
    sums = np.bincount(snapshots.snapshot[proper], weights=snapshots.weight[proper], minlength=len(snapshots))
    return np.asarray(sums / np.maximum(pairs, 1.0), dtype=np.float64)


def _edge_blocks(snapshots: Snapshots) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
    """Yield the edge vectors (S, p) and which pairs were measured (S, p), a few source nodes at a time."""
    n, size = snapshots.n_nodes, len(snapshots)
    order = np.argsort(snapshots.src, kind="stable")
    src, dst = snapshots.src[order], snapshots.dst[order]
    owner, weight = snapshots.snapshot[order], snapshots.weight[order]
    rows = max(1, _BLOCK // max(1, size * n))
    for low in range(0, n, rows):
        high = min(low + rows, n)
        cut = slice(*np.searchsorted(src, (low, high)))
        values = np.zeros((size, high - low, n))
        values[owner[cut], src[cut] - low, dst[cut]] = weight[cut]
        seen = snapshots.present[:, low:high, None] & snapshots.present[:, None, :]
        here, there = np.arange(low, high)[:, None], np.arange(n)[None, :]
        use = here != there if snapshots.directed else here < there
        yield values[:, use], seen[:, use]
