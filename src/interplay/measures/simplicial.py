"""Simplicial closure: three nodes that met in pairs meet all at once, and what tells beforehand.

References
----------
Benson, Abebe, Schaub, Jadbabaie, Kleinberg (2018), PNAS 115:E11221.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Graph, Simplices
from interplay.measures.simplex_results import ClosureResult, TriangleForecast
from interplay.measures.triangle_scores import TRIANGLE_SCORES, Past
from interplay.ops.areas import curve_areas
from interplay.ops.triangles import list_triangles, place_of

_CITED = ("benson2018simplicial",)
_BLOCK = 1 << 21
#: Three ids are packed into one 64-bit key.
_MOST_NODES = 1 << 21
_KINDS = np.array([(a, b, c) for a in range(3) for b in range(a, 3) for c in range(b, 3)], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class ClosureConfig:
    """Settings of the two studies of closure.

    Parameters
    ----------
    share : float, in (0, 1)
        Of the simplices, in the past; see `Simplices.split`.
    scores : tuple of str
        Scores of triangles, from `TRIANGLE_SCORES`; not used by `simplicial_closure`.
    """

    share: float = 0.8
    scores: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_setting("share", self.share, above=0, below=1)


def simplicial_closure(simplices: Simplices, *, share: float = 0.8) -> ClosureResult:
    """Count how often triples close, by the strength and number of their ties.

    Parameters
    ----------
    simplices : Simplices
    share : float, in (0, 1)
        Of the simplices, in the past. Those at the time of the cut all belong to the past.

    Returns
    -------
    ClosureResult
        Triples of nodes that all took part in some simplex of the past.

    Raises
    ------
    DataError
        If there is no simplex, or more than 2**21 nodes.
    ConfigError
        If `share` is outside its range.

    Notes
    -----
    Triples with fewer than two ties are counted without being listed. Cost: the triangles of the projected graph, and
    the sum of size choose 3 over the distinct simplices, both in blocks.

    References
    ----------
    Benson et al. (2018), section "Simplicial closure", figure 4.

    Examples
    --------
    >>> met = Simplices.from_lists([[0, 1], [0, 2], [1, 2], [0, 1, 2]], [1, 2, 3, 4], n_nodes=3, span=(0, 5))
    >>> simplicial_closure(met, share=0.7).closed.tolist()
    [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    """
    config = ClosureConfig(share=share)
    past, future = _parts(simplices, share)
    graph = past.graph()
    keys, weight = _edges(graph)
    triangles = list_triangles(keys // max(graph.n_nodes, 1), keys % max(graph.n_nodes, 1), graph.n_nodes)
    n_met = int((past.degree > 0).sum())
    every = _all_kinds(keys, weight, triangles, graph.n_nodes, n_met)
    held = _triples(past)
    n = simplices.n_nodes
    every -= _count(_kind(_corners(held, n), keys, weight, n))
    new = np.setdiff1d(_triples(future), held, assume_unique=True)
    corners = _corners(new, n)
    known = (past.degree[corners] > 0).all(axis=1)
    return ClosureResult(
        config=config,
        made_from=simplices.digest,
        citations=_CITED,
        notes=_notes(future),
        ties=_KINDS,
        open=every,
        closed=_count(_kind(corners[known], keys, weight, n)),
        cut_s=float(past.time[-1]),
        n_past=len(past),
        n_future=len(future),
    )


def forecast_triangles(
    simplices: Simplices, *, share: float = 0.8, scores: Sequence[str] | None = None
) -> TriangleForecast:
    """Foretell which open triangles close, from the past alone, and compare with what came.

    Parameters
    ----------
    simplices : Simplices
    share : float, in (0, 1)
        Of the simplices, in the past, as in `simplicial_closure`.
    scores : sequence of str or None
        From `TRIANGLE_SCORES`; None takes all.

    Returns
    -------
    TriangleForecast
        `relative` is each score's average precision over that of a random order.

    Raises
    ------
    DataError
        If there is no simplex, or more than 2**21 nodes.
    ConfigError
        If a score is unknown, or `share` outside its range.

    Notes
    -----
    Only the past enters the scores. Triangles of equal score enter the precision together, so that their order cannot
    matter.

    References
    ----------
    Benson et al. (2018), section "Higher-order link prediction", table 2.
    """
    chosen = tuple(TRIANGLE_SCORES) if scores is None else tuple(scores)
    if not chosen:
        raise ConfigError(f"`scores` must name at least one score, got none. Valid: {', '.join(TRIANGLE_SCORES)}.")
    for name in chosen:
        if name not in TRIANGLE_SCORES:
            raise ConfigError(unknown_name("triangle score", name, TRIANGLE_SCORES))
    functions = [TRIANGLE_SCORES[name] for name in chosen]
    config = ClosureConfig(share=share, scores=chosen)
    past, future = _parts(simplices, share)
    graph = past.graph()
    n = graph.n_nodes
    keys, weight = _edges(graph)
    triangles = list_triangles(keys // max(n, 1), keys % max(n, 1), n)
    packed = _packed(triangles, n)
    is_open = place_of(_triples(past), packed) < 0
    closed = place_of(_triples(future), packed[is_open]) >= 0
    seen = Past(graph=graph, keys=keys, weight=weight, degree=past.degree, triangles=triangles, is_open=is_open)
    values = [np.asarray(f(seen), dtype=np.float64) for f in functions]
    areas = [curve_areas(v[closed], v[~closed]) for v in values]
    return TriangleForecast(
        config=config,
        made_from=simplices.digest,
        citations=_CITED,
        notes=_notes(future),
        triangles=triangles[is_open],
        closed=closed,
        names=np.array(chosen, dtype=str),
        score=np.stack(values),
        average_precision=np.array([a[1] for a in areas]),
        auc=np.array([a[0] for a in areas]),
        chance=float(closed.mean()) if len(closed) else float("nan"),
        cut_s=float(past.time[-1]),
    )


def _parts(simplices: Simplices, share: float) -> tuple[Simplices, Simplices]:
    if simplices.n_nodes > _MOST_NODES:
        raise DataError(f"`simplices` must have at most {_MOST_NODES} nodes, got {simplices.n_nodes}. Take a part.")
    return simplices.split(share)


def _notes(future: Simplices) -> tuple[str, ...]:
    return () if len(future) else ("nothing came after the cut: no triple could close",)


def _edges(graph: Graph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sorted keys of the edges i < j, and their weights."""
    src = graph.src.astype(np.int64)
    upper = src < graph.target
    return src[upper] * graph.n_nodes + graph.target[upper], graph.weights()[upper]


def _packed(triples: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return (triples[:, 0] * n + triples[:, 1]) * n + triples[:, 2]


def _corners(keys: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    n = max(n, 1)
    return np.stack([keys // (n * n), keys // n % n, keys % n], axis=1)


def _triples(simplices: Simplices) -> NDArray[np.int64]:
    """Sorted keys of all triples that some simplex holds."""
    larger = simplices.of_size(3).distinct()
    found = np.empty(0, np.int64)
    waiting: list[NDArray[np.int64]] = []
    held = 0
    most = int(larger.sizes.max(initial=3))
    for table in larger.by_size(max(1, _BLOCK * 6 // most**3)):
        i, j = np.triu_indices(table.shape[1], 1)
        for first in range(table.shape[1] - 2):
            late = i > first
            pair = (table[:, [first]] * simplices.n_nodes + table[:, i[late]]) * simplices.n_nodes
            waiting.append((pair + table[:, j[late]]).ravel())
            held += waiting[-1].size
        if held > _BLOCK + len(found):
            found, waiting, held = np.unique(np.concatenate([found, *waiting])), [], 0
    return np.unique(np.concatenate([found, *waiting]))


def _kind(
    corners: NDArray[np.int64], keys: NDArray[np.int64], weight: NDArray[np.float64], n: int
) -> NDArray[np.int64]:
    """Place in `_KINDS` of each triple."""
    tie = np.zeros((len(corners), 3), np.int64)
    for column, (a, b) in enumerate(((0, 1), (0, 2), (1, 2))):
        place = place_of(keys, corners[:, a] * n + corners[:, b])
        known = place >= 0
        tie[known, column] = np.where(weight[place[known]] > 1, 2, 1)
    tie.sort(axis=1)
    code = (_KINDS * (9, 3, 1)).sum(axis=1)
    return np.asarray(np.searchsorted(code, (tie * (9, 3, 1)).sum(axis=1)))


def _count(kind: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(kind, minlength=len(_KINDS))


def _all_kinds(
    keys: NDArray[np.int64], weight: NDArray[np.float64], triangles: NDArray[np.int64], n: int, n_met: int
) -> NDArray[np.int64]:
    """Count triples of every kind, open or not, among the nodes that met anybody or stood alone in a simplex."""
    place: dict[tuple[int, ...], int] = {tuple(map(int, kind)): k for k, kind in enumerate(_KINDS)}
    three = _count(_kind(triangles, keys, weight, n))
    counts: NDArray[Any] = three.copy()
    strong = weight > 1
    ends = np.concatenate([keys // max(n, 1), keys % max(n, 1)])
    many = np.bincount(ends, weights=np.tile(strong, 2), minlength=n).astype(np.int64)
    few = np.bincount(ends, minlength=n) - many
    for kind, paths in (((1, 1), few * (few - 1) // 2), ((1, 2), few * many), ((2, 2), many * (many - 1) // 2)):
        inside = sum(int(three[k]) * _pairs(tuple(map(int, ties)), kind) for k, ties in enumerate(_KINDS))
        counts[place[(0, *kind)]] = int(paths.sum()) - inside
    degree = few + many
    on_edge = np.zeros(len(keys), np.int64)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        on_edge += np.bincount(place_of(keys, triangles[:, a] * n + triangles[:, b]), minlength=len(keys))
    alone = n_met - degree[keys // max(n, 1)] - degree[keys % max(n, 1)] + on_edge
    counts[place[(0, 0, 1)]] = int(alone[~strong].sum())
    counts[place[(0, 0, 2)]] = int(alone[strong].sum())
    counts[0] = n_met * (n_met - 1) * (n_met - 2) // 6 - int(counts[1:].sum())
    return counts


def _pairs(ties: tuple[int, ...], kind: tuple[int, int]) -> int:
    """Count the pairs of edges of a triangle whose strengths are `kind`."""
    if 0 in ties:
        return 0
    return sum(tuple(sorted(pair)) == kind for pair in ((ties[0], ties[1]), (ties[0], ties[2]), (ties[1], ties[2])))
