"""Levy walks: leaps over hop distances, the longer the rarer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.data.graph import Graph
from interplay.represent.prepared_walk import PreparedWalk
from interplay.represent.walk_rows import walkable

#: Longest lists of nodes by distance that are built, bytes.
MOST_BYTES = 4 * 2**30


@dataclass(frozen=True, kw_only=True)
class LevyWalk:
    """A leap from i hits j with probability proportional to d(i, j)^-alpha, d the hops of the shortest way.

    Parameters
    ----------
    alpha : float, >= 0
        0: every reachable node is as likely; large: a walk to neighbours.
    reach : int, >= 1, or None
        Longest leap, hops. None: any; then every node lists every node it reaches.
    """

    alpha: float = 2.0
    reach: int | None = None

    def __post_init__(self) -> None:
        require_setting("alpha", self.alpha, least=0, below=np.inf)
        if self.reach is not None:
            require_setting("reach", self.reach, least=1, whole=True)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Search the graph from every node and list what lies within reach, by distance.

        Parameters
        ----------
        graph : Graph
            No negative weight; edges of weight zero are no ways, other weights do not count.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative, or the lists would take more than 4 GiB.

        Notes
        -----
        Two or three searches from every node, O(N (N + E)) without `reach`; memory 4 bytes per pair within reach.
        """
        from interplay.ops import walks_shells

        rows = walkable(graph)
        n = graph.n_nodes
        reach = n if self.reach is None else min(int(self.reach), n)
        most = MOST_BYTES // 4
        sizes = np.empty((n, min(reach, 8)), dtype=np.int64)
        depth = walks_shells.shell_sizes(rows.offsets, rows.target, reach, most, sizes)
        if depth < 0:
            raise DataError(
                f"`graph` must have at most {most} pairs of nodes within reach of each other, got more: they would "
                f"take over {MOST_BYTES / 2**30:g} GiB. Set a smaller `reach`."
            )
        if depth > sizes.shape[1]:
            sizes = np.empty((n, depth), dtype=np.int64)
            walks_shells.shell_sizes(rows.offsets, rows.target, reach, most, sizes)
        sizes = np.ascontiguousarray(sizes[:, :depth])
        first = np.concatenate([[0], np.cumsum(sizes.sum(axis=1))])
        begin = first[:-1, None] + np.concatenate([np.zeros((n, 1), np.int64), np.cumsum(sizes, axis=1)], axis=1)
        member = walks_shells.shell_members(rows.offsets, rows.target, first, depth)
        held = (begin, _cumulative(sizes, self.alpha), member)

        def kernel(starts: NDArray[Any], repetition: NDArray[Any], seed: np.uint64, out: NDArray[Any]) -> None:
            walks_shells.walk_shells(*held, starts, repetition, seed, out)

        return PreparedWalk(n, kernel, held)


def _cumulative(sizes: NDArray[np.int64], alpha: float) -> NDArray[np.float64]:
    """Give the probability of every distance or a shorter one; exactly 1 from the last that occurs on."""
    depth = sizes.shape[1]
    total = np.cumsum(sizes * np.arange(1, depth + 1, dtype=np.float64) ** -float(alpha), axis=1)
    last = total[:, -1:] if depth else np.zeros((len(sizes), 1))
    return np.asarray(np.divide(total, last, out=np.zeros_like(total), where=last > 0))
