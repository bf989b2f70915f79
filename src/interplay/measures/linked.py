"""The part of a snapshot that has edges, and what its measures say of all present nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.measures.layers import Floats
from interplay.measures.registry import Measure


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LinkedPart:
    """The network of the present nodes that have an edge.

    In a long recording of many nodes most of them are silent in any one window. No measure needs them: their strength
    is zero, they have no clustering, and to a mean over pairs they add pairs but no path.

    Attributes
    ----------
    adjacency : (M, M) float64 array, ``adjacency[src, dst]``
        No absent node, zero diagonal; symmetric if undirected.
    nodes : (M,) int64 array, rising
        Which nodes these are. Where no node has an edge, the first two present nodes (fewer if there are fewer) stand
        for all, so that every measure sees whether there is a pair at all.
    linked : bool
        Whether `nodes` have edges.
    present : (N,) bool array
    """

    adjacency: Floats
    nodes: NDArray[np.int64]
    linked: bool
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, snapshots: Snapshots, s: int) -> LinkedPart:
        """Take the part of snapshot s; memory and time grow with its edges and with M^2, never with N^2.

        Parameters
        ----------
        snapshots : Snapshots
            Stored edges of weight other than zero count, self-loops do not.
        s : int, in [0, S)

        Returns
        -------
        LinkedPart
        """
        cut = slice(snapshots.pointer[s], snapshots.pointer[s + 1])
        src, dst, weight = snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut]
        proper = (src != dst) & (weight != 0)
        src, dst, weight = src[proper], dst[proper], weight[proper]
        present = snapshots.present[s]
        nodes = np.union1d(src, dst) if len(src) else np.flatnonzero(present)[:2]
        adjacency = np.zeros((len(nodes), len(nodes)))
        i, j = np.searchsorted(nodes, src), np.searchsorted(nodes, dst)
        adjacency[i, j] = weight
        if not snapshots.directed:
            adjacency[j, i] = weight
        return cls(adjacency=adjacency, nodes=nodes.astype(np.int64), linked=len(src) > 0, present=present)

    def graph_value(self, m: Measure, value: float) -> float:
        """Give what a graph measure is for all present nodes, from its value for this part."""
        m_nodes, p_nodes = len(self.nodes), int(self.present.sum())
        if not m.over_pairs or m_nodes == p_nodes:
            return float(value)
        return float(value) * (m_nodes * (m_nodes - 1)) / (p_nodes * (p_nodes - 1))

    def node_values(self, m: Measure, values: Floats) -> Floats:
        """Give a node measure for all N nodes, from its values for this part; NaN for absent nodes."""
        out = np.where(self.present, m.unlinked, np.nan)
        out[self.nodes] = values
        return out
