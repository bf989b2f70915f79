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


class Contacts(NamedTuple):
    """What each of E events finds of those before it.

    Attributes
    ----------
    since_src, since_dst : (E,) float64 arrays, s
        When its source and its destination last met anybody.
    before : (E,) int64 array
        Whom its source met last as a source; N for nobody.
    holder : (E,) int64 array
        Who moved that node last: the node's own number (nobody yet), N + 1 + k (event k, of which it was the source),
        or N + 1 + E + k (event k, of which it was the destination only).
    """

    since_src: Floats
    since_dst: Floats
    before: Ids
    holder: Ids


@njit(cache=True, nogil=True)
def _previous(src, dst, time, updated, partner, writer, since_src, since_dst, before, holder):  # type: ignore[no-untyped-def]
    n, events = len(updated), len(src)
    for e in range(events):
        a, b = src[e], dst[e]
        since_src[e], since_dst[e] = updated[a], updated[b]
        before[e] = partner[a]
        holder[e] = writer[partner[a]]
        updated[a] = time[e]
        updated[b] = time[e]
        partner[a] = b
        writer[b] = n + 1 + events + e
        writer[a] = n + 1 + e


def previous_contacts(src: Ids, dst: Ids, time: Floats, updated: Floats, partner: Ids) -> Contacts:
    """Tell what every event finds of those before it.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, N)
        In the order in which they are to be taken in.
    time : (E,) float64 array, s
    updated : (N,) float64 array, s
        Last contact before the first event; changed to the one after the last.
    partner : (N,) int64 array, in [0, N]
        Last destination before the first event, N for none; changed likewise.

    Returns
    -------
    Contacts
    """
    size = len(src)
    found = Contacts(np.empty(size), np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))
    _previous(src, dst, time, updated, partner, np.arange(len(updated) + 1), *found)
    return found
