"""Link prediction: which pairs will be joined in a window, told from the windows before it.

Every pair of present nodes is scored, none is sampled, so equal scores give equal figures. The trivial scores of the
module `link_baselines` belong beside every other: what an elaborate one is worth is what it adds to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Snapshots
from interplay.measures.layers import Floats
from interplay.measures.link_baselines import (
    LINK_BASELINES,
    Ids,
    common_neighbours,
    frequency,
    persistence,
    persistent_weight,
    preferential_attachment,
)
from interplay.measures.recovery import average_precision
from interplay.measures.recovery import roc_auc as auc
from interplay.ops.areas import curve_areas

__all__ = [
    "LINK_BASELINES",
    "LinkScores",
    "auc",
    "average_precision",
    "common_neighbours",
    "evaluate_links",
    "frequency",
    "inner_product",
    "persistence",
    "persistent_weight",
    "preferential_attachment",
]

#: ``score(known, src, dst)``: scores (P,) of P pairs, from the windows 0 to ``known - 1`` and no others.
LinkScore = Callable[[int, Ids, Ids], Floats]

#: Pairs whose vectors are gathered at once.
_CHUNK = 1 << 16


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkScores:
    """How well the links of each of T windows were told from the windows before it.

    Attributes
    ----------
    auc, average_precision : (T,) float64 arrays, in [0, 1]
        Over all pairs of present nodes. Higher is better. By chance 0.5, and `n_edges` / `n_pairs`. NaN for the first
        windows, which have no past; the area for a window without an edge or without a pair that has none, the
        precision for a window without an edge.
    new_auc, new_average_precision : (T,) float64 arrays, in [0, 1]
        Over the new pairs: those whose nodes were both present in the last known window and had no edge there. Which of
        them will be joined? NaN as above.
    n_pairs, n_edges : (T,) int64 arrays
        Pairs that were scored, and edges among them; 0 where nothing was.
    n_new_pairs, n_new_edges : (T,) int64 arrays
        The same of the new pairs.
    n_unseen_pairs : (T,) int64 array
        Scored pairs of which a node was absent in the last known window, so that nobody can say whether a link is new.
        They count among all pairs and not among the new ones. Empty where nobody counted.
    notes : tuple of str
    """

    auc: Floats
    average_precision: Floats
    new_auc: Floats
    new_average_precision: Floats
    n_pairs: Ids
    n_edges: Ids
    n_new_pairs: Ids
    n_new_edges: Ids
    n_unseen_pairs: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    notes: tuple[str, ...] = ()

    def means(self) -> dict[str, float]:
        """Average each score over the windows where it is defined; NaN where it is in none."""
        out = {}
        for name in ("auc", "average_precision", "new_auc", "new_average_precision"):
            values = getattr(self, name)
            known = values[~np.isnan(values)]
            out[name] = float(known.mean()) if len(known) else float("nan")
        return out


def evaluate_links(snapshots: Snapshots, score: LinkScore | str, *, horizon: int = 1) -> LinkScores:
    """Score all pairs of every window from its past, and hold them against its edges.

    Parameters
    ----------
    snapshots : Snapshots
        T windows. Every stored edge is an edge, whatever its weight; self-loops are not counted. Pairs are i < j if
        undirected, all ordered pairs if directed; both nodes must be present in the window.
    score : callable (known, src, dst) -> (P,) float array, or str
        Scores of pairs from the windows 0 to ``known - 1`` only; higher means likelier. A str names one of
        `LINK_BASELINES`. See `inner_product` for an embedding.
    horizon : int, windows, 1 <= horizon
        How far ahead: window t is told from the windows 0 to t - horizon.

    Returns
    -------
    LinkScores

    Raises
    ------
    DataError
        If a score has another shape or is not finite.
    ConfigError
        If the horizon is below 1 or no baseline has that name.

    Notes
    -----
    Where windows overlap, part of a window has been seen in the one before, for the baselines as well; a note says so,
    and a larger `horizon` avoids it. A pair that could not be measured in the last known window is not new: it may have
    been joined all along, which older windows tell. Such pairs are counted, and a note gives their number. Exact, no
    pair is sampled: published figures for other models often compare with as many random pairs as there are edges,
    which leaves the area as it is on average and raises the precision. One window at a time: O(N^2 log N) time per
    window, O(N^2) memory, whatever T is.

    References
    ----------
    Hajiramezanali et al. (2019), NeurIPS 32, for the two tasks (next links, and new links among them).
    """
    require_setting("horizon", horizon, least=1)
    ask = _baseline(snapshots, score) if isinstance(score, str) else score
    areas = np.full((4, len(snapshots)), np.nan)
    counts = np.zeros((5, len(snapshots)), dtype=np.int64)
    every = _all_pairs(snapshots)
    slots = _slots(snapshots)
    for t in range(horizon, len(snapshots)):
        known = t - horizon + 1
        seen = snapshots.present[t]
        use = slice(None) if seen.all() else np.flatnonzero(seen[every[0]] & seen[every[1]])
        src, dst = every[0][use], every[1][use]
        value = np.asarray(Shapes(P=len(src)).array("score", ask(known, src, dst), "P"), dtype=np.float64)
        edge = _joined(snapshots, slots, t, len(every[0]))[use]
        before = snapshots.present[known - 1]
        measured = before[src] & before[dst]
        fresh = measured & ~_joined(snapshots, slots, known - 1, len(every[0]))[use]
        areas[:2, t] = curve_areas(value[edge], value[~edge])
        areas[2:, t] = curve_areas(value[edge & fresh], value[fresh & ~edge])
        counts[:, t] = len(edge), edge.sum(), fresh.sum(), (edge & fresh).sum(), (~measured).sum()
    return LinkScores(
        auc=areas[0],
        average_precision=areas[1],
        new_auc=areas[2],
        new_average_precision=areas[3],
        n_pairs=counts[0],
        n_edges=counts[1],
        n_new_pairs=counts[2],
        n_new_edges=counts[3],
        n_unseen_pairs=counts[4],
        notes=_notes(snapshots, horizon, counts[4]),
    )


def inner_product(embedding: ArrayLike) -> LinkScore:
    """Score pairs by the inner product of their vectors in the last known window.

    Parameters
    ----------
    embedding : (T, N, D) float array, finite
        Vectors of window t must come from the windows 0 to t only, or the score is no prediction.

    Returns
    -------
    callable (known, src, dst) -> (P,) float64 array
        For `evaluate_links`.
    """
    vectors = Shapes().array("embedding", embedding, "T N D")

    def score(known: int, src: Ids, dst: Ids) -> Floats:
        if not 1 <= known <= len(vectors):
            raise DataError(
                f"`embedding` must reach to window {known - 1}, got {len(vectors)} windows. Embed them all."
            )
        rows = vectors[known - 1]
        out = np.empty(len(src))
        for k in range(0, len(src), _CHUNK):
            part = slice(k, k + _CHUNK)
            out[part] = np.einsum("pd,pd->p", rows[src[part]], rows[dst[part]])
        return out

    return score


def _baseline(snapshots: Snapshots, name: str) -> LinkScore:
    if name not in LINK_BASELINES:
        raise ConfigError(unknown_name("baseline of link prediction", name, tuple(LINK_BASELINES)))
    baseline = LINK_BASELINES[name]
    return lambda known, src, dst: baseline(snapshots, known, src, dst)


def _all_pairs(snapshots: Snapshots) -> tuple[Ids, Ids]:
    n = snapshots.n_nodes
    if not snapshots.directed:
        src, dst = np.triu_indices(n, 1)
        return src, dst
    src = np.repeat(np.arange(n), max(n - 1, 0))
    dst = np.tile(np.arange(n - 1), n) if n else src
    return src, dst + (dst >= src)


def _slots(snapshots: Snapshots) -> Ids:
    """Give the place of every edge among all pairs, (E,); -1 for self-loops."""
    n, src, dst = snapshots.n_nodes, snapshots.src, snapshots.dst
    ordered, unordered = src * (n - 1) + dst - (dst > src), src * (2 * n - src - 1) // 2 + dst - src - 1
    return np.where(src == dst, -1, ordered if snapshots.directed else unordered)


def _joined(snapshots: Snapshots, slots: Ids, t: int, n_pairs: int) -> NDArray[np.bool_]:
    mine = slots[snapshots.pointer[t] : snapshots.pointer[t + 1]]
    out = np.zeros(n_pairs, dtype=bool)
    out[mine[mine >= 0]] = True
    return out


def _notes(snapshots: Snapshots, horizon: int, unseen: Ids) -> tuple[str, ...]:
    bounds = snapshots.bounds
    if len(bounds) <= horizon:
        return (f"No window lies {horizon} after another, so nothing could be told from the past.",)
    known = np.maximum.accumulate(bounds[:, 1])[:-horizon]
    slack = 1e-9 * (bounds[horizon:, 1] - bounds[horizon:, 0])
    shared = int((bounds[horizon:, 0] < known - slack).sum())
    notes = []
    if shared:
        notes.append(f"{shared} of {len(bounds) - horizon} windows overlap windows they are told from.")
    if unseen.any():
        notes.append(
            f"{unseen.sum()} pairs in {np.count_nonzero(unseen)} windows had an absent node in the last known window, "
            "so they are not counted as new."
        )
    return tuple(notes)
