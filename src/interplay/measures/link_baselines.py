"""Trivial scores of pairs, from the past alone: what any prediction of links has to beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay.data import Snapshots
from interplay.measures.layers import Floats

Ids = NDArray[np.int64]

#: Above this share of possible edges, a dense product of matrices is faster than a sparse one.
_DENSE = 0.02


def persistence(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> Floats:
    """Score pairs by whether the last known window joins them.

    Parameters
    ----------
    snapshots : Snapshots
    known : int, 1 <= known <= T
        Only the windows 0 to ``known - 1`` are read.
    src, dst : (P,) int arrays
        Pairs; their order counts only if directed.

    Returns
    -------
    (P,) float64 array, 0 or 1
    """
    a, b = _checked(snapshots, known, src, dst)
    return (_last(snapshots, known, None)[a, b] > 0).astype(np.float64)


def persistent_weight(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> Floats:
    """Score pairs by the size of their weight in the last known window; a pair without an edge scores 0.

    Parameters
    ----------
    snapshots : Snapshots
    known : int, 1 <= known <= T
        Only the windows 0 to ``known - 1`` are read.
    src, dst : (P,) int arrays
        Pairs; their order counts only if directed.

    Returns
    -------
    (P,) float64 array, >= 0
    """
    a, b = _checked(snapshots, known, src, dst)
    return _last(snapshots, known, np.abs(snapshots.weight))[a, b]


def frequency(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> Floats:
    """Score pairs by the share of the known windows that join them.

    Parameters
    ----------
    snapshots : Snapshots
    known : int, 1 <= known <= T
        Only the windows 0 to ``known - 1`` are read.
    src, dst : (P,) int arrays
        Pairs; their order counts only if directed.

    Returns
    -------
    (P,) float64 array, in [0, 1]
        Of the windows in which both nodes were present; 0 if there was none.
    """
    a, b = _checked(snapshots, known, src, dst)
    n, upto = snapshots.n_nodes, snapshots.pointer[known]
    joined = np.bincount(snapshots.src[:upto] * n + snapshots.dst[:upto], minlength=n * n)[_flat(snapshots, a, b)]
    seen = snapshots.present[:known].astype(np.float64)
    if seen.all():
        return joined / float(known)
    together = (seen.T @ seen)[a, b]
    return np.asarray(joined / np.maximum(together, 1.0))


def preferential_attachment(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> Floats:
    """Score pairs by the product of their degrees in the last known window.

    Parameters
    ----------
    snapshots : Snapshots
    known : int, 1 <= known <= T
        Only the windows 0 to ``known - 1`` are read.
    src, dst : (P,) int arrays
        Pairs; their order counts only if directed.

    Returns
    -------
    (P,) float64 array, >= 0
        If directed, edges out of the source times edges into the destination.

    References
    ----------
    Liben-Nowell, Kleinberg (2007), J. Am. Soc. Inf. Sci. 58:1019, section 3.
    """
    a, b = _checked(snapshots, known, src, dst)
    linked = _last(snapshots, known, None)
    np.fill_diagonal(linked, 0.0)
    return np.asarray(linked.sum(axis=1)[a] * linked.sum(axis=0)[b])


def common_neighbours(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> Floats:
    """Score pairs by the number of neighbours they share in the last known window.

    Parameters
    ----------
    snapshots : Snapshots
    known : int, 1 <= known <= T
        Only the windows 0 to ``known - 1`` are read.
    src, dst : (P,) int arrays
        Pairs; their order counts only if directed.

    Returns
    -------
    (P,) float64 array, whole numbers >= 0
        If directed, nodes on a path of two edges from the source to the destination.

    References
    ----------
    Liben-Nowell, Kleinberg (2007), J. Am. Soc. Inf. Sci. 58:1019, section 3.
    """
    a, b = _checked(snapshots, known, src, dst)
    linked = _last(snapshots, known, None).astype(np.float32)
    np.fill_diagonal(linked, 0.0)
    if np.count_nonzero(linked) > _DENSE * linked.size:
        shared = linked @ linked
    else:
        from scipy.sparse import csr_array

        sparse = csr_array(linked)
        shared = (sparse @ sparse).toarray()
    return np.asarray(shared[a, b], dtype=np.float64)


#: The trivial scores, by name.
LINK_BASELINES: Mapping[str, Callable[[Snapshots, int, Any, Any], Floats]] = MappingProxyType(
    {
        "persistence": persistence,
        "persistent weight": persistent_weight,
        "frequency": frequency,
        "preferential attachment": preferential_attachment,
        "common neighbours": common_neighbours,
    }
)


def _checked(snapshots: Snapshots, known: int, src: ArrayLike, dst: ArrayLike) -> tuple[Ids, Ids]:
    require_setting("known", known, least=1, most=len(snapshots))
    shapes = Shapes()
    a, b = shapes.array("src", src, "P", "int"), shapes.array("dst", dst, "P", "int")
    for name, ids in (("src", a), ("dst", b)):
        require_ids(name, ids, snapshots.n_nodes, "n_nodes")
    return a, b


def _last(snapshots: Snapshots, known: int, column: Floats | None) -> Floats:
    """Lay the last known window out as a matrix: ones where there is an edge, or a column of its edges."""
    out = np.zeros((snapshots.n_nodes, snapshots.n_nodes))
    cut = slice(snapshots.pointer[known - 1], snapshots.pointer[known])
    value = 1.0 if column is None else column[cut]
    out[snapshots.src[cut], snapshots.dst[cut]] = value
    if not snapshots.directed:
        out[snapshots.dst[cut], snapshots.src[cut]] = value
    return out


def _flat(snapshots: Snapshots, a: Ids, b: Ids) -> Ids:
    if snapshots.directed:
        return a * snapshots.n_nodes + b
    return np.minimum(a, b) * snapshots.n_nodes + np.maximum(a, b)
