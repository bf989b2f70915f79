"""t-batches: events cut into groups in which no node stands twice, with each node's events still in order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class TBatches(NamedTuple):
    """Groups of events that can be taken in together.

    Attributes
    ----------
    number : (E,) int64 array
        Group of every event, from 0.
    order : (E,) int64 array
        Events by group, and within a group as they came.
    bounds : (G + 1,) int64 array
        Group g holds the events ``order[bounds[g]:bounds[g + 1]]``.
    """

    number: Ids
    order: Ids
    bounds: Ids


@njit(cache=True, nogil=True)
def _number(src, dst, last, out):  # type: ignore[no-untyped-def]
    for e in range(len(src)):
        group = max(last[src[e]], last[dst[e]]) + 1
        last[src[e]] = group
        last[dst[e]] = group
        out[e] = group


def t_batches(src: Ids, dst: Ids, n_nodes: int) -> TBatches:
    """Put every event into the first group after those of the earlier events of its two nodes.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, n_nodes)
        In order of time.
    n_nodes : int

    Returns
    -------
    TBatches
        As many groups as the longest chain of events of which each shares a node with the next. A self-loop counts
        once.

    Notes
    -----
    O(E + N), and one stable sort of small numbers.

    References
    ----------
    Kumar, Zhang, Leskovec (2019), KDD, algorithm 1.

    Examples
    --------
    >>> t_batches(np.array([0, 2, 0, 3]), np.array([1, 3, 3, 1]), 4).number
    array([0, 0, 1, 2])
    """
    number = np.empty(len(src), np.int64)
    _number(src, dst, np.full(n_nodes, -1, np.int64), number)
    count = np.bincount(number)
    return TBatches(number, np.argsort(number, kind="stable"), np.concatenate([[0], np.cumsum(count)]).astype(np.int64))


@njit(cache=True, nogil=True)
def _previous(src, dst, time, updated, partner, since_src, since_dst, before):  # type: ignore[no-untyped-def]
    for e in range(len(src)):
        a, b = src[e], dst[e]
        since_src[e], since_dst[e] = updated[a], updated[b]
        before[e] = partner[a]
        updated[a] = time[e]
        updated[b] = time[e]
        partner[a] = b


def previous_contacts(src: Ids, dst: Ids, time: Floats, updated: Floats, partner: Ids) -> tuple[Floats, Floats, Ids]:
    """Tell when both nodes of every event last met anybody, and whom the source met last as a source.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, N)
        In the order in which they are to be taken in.
    time : (E,) float64 array, s
    updated : (N,) float64 array, s
        Last contact before the first event; changed to the one after the last.
    partner : (N,) int64 array
        Last destination before the first event; changed likewise.

    Returns
    -------
    since_src, since_dst : (E,) float64 arrays, s
    before : (E,) int64 array
    """
    since_src, since_dst = np.empty(len(src)), np.empty(len(src))
    before = np.empty(len(src), np.int64)
    _previous(src, dst, time, updated, partner, since_src, since_dst, before)
    return since_src, since_dst, before
