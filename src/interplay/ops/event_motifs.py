"""Walks of three events back in time, each drawn evenly from all that can come next."""

from __future__ import annotations

from numba import njit

from interplay.ops.hashing import fold, to_unit

#: Draws of one step before the walk takes the first row: an event in both rows is refused in the second.
_TRIES = 64


@njit(cache=True, nogil=True)
def _cut(event, low, high, bound):  # type: ignore[no-untyped-def]
    """Count the events of a row that come before a number."""
    first = low
    while low < high:
        middle = (low + high) >> 1
        if event[middle] < bound:
            low = middle + 1
        else:
            high = middle
    return low - first


@njit(cache=True, nogil=True)
def _either(offsets, event, other, a, b, bound, horizon, word):  # type: ignore[no-untyped-def]
    """Draw evenly from the last events before `bound` of two nodes; the place in the rows, -1 where there is none."""
    end_a = offsets[a] + _cut(event, offsets[a], offsets[a + 1], bound)
    end_b = offsets[b] + _cut(event, offsets[b], offsets[b + 1], bound)
    low_a, low_b = max(offsets[a], end_a - horizon), max(offsets[b], end_b - horizon)
    n_a, n_b = end_a - low_a, end_b - low_b
    if n_a + n_b == 0:
        return -1
    for k in range(_TRIES):
        drawn = int(to_unit(fold(word, k)) * (n_a + n_b))
        if drawn < n_a:
            return low_a + drawn
        place = low_b + drawn - n_a
        if other[place] != a or event[place] < event[low_a]:
            return place
    return low_a


@njit(cache=True, nogil=True)
def _pair_row(key, a, b, n):  # type: ignore[no-untyped-def]
    """Find the row of an unordered pair; -1 where it never met."""
    wanted = min(a, b) * n + max(a, b)
    low, high = 0, len(key)
    while low < high:
        middle = (low + high) >> 1
        if key[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < len(key) and key[low] == wanted else -1


@njit(cache=True, nogil=True)
def _inside(key, pair_offsets, pair_event, nodes, n, bound, horizon, word):  # type: ignore[no-untyped-def]
    """Draw evenly from the last events before `bound` of each pair of three: event (-1 for none), and the pair, 1-3."""
    ends = ((0, 1), (0, 2), (1, 2))
    lows, counts = [0, 0, 0], [0, 0, 0]
    for k in range(3):
        row = _pair_row(key, nodes[ends[k][0]], nodes[ends[k][1]], n)
        if row >= 0:
            found = _cut(pair_event, pair_offsets[row], pair_offsets[row + 1], bound)
            counts[k] = min(found, horizon)
            lows[k] = pair_offsets[row] + found - counts[k]
    total = counts[0] + counts[1] + counts[2]
    if total == 0:
        return -1, 0
    drawn = int(to_unit(word) * total)
    k = 0
    while drawn >= counts[k]:
        drawn -= counts[k]
        k += 1
    return pair_event[lows[k] + drawn], k + 1


@njit(cache=True, nogil=True)
def walk_back(  # type: ignore[no-untyped-def]
    offsets, event, other, key, pair_offsets, pair_event, first, src, dst, root, start, horizon, word, found, kind
):
    """Walk back from given events.

    Parameters
    ----------
    offsets, event, other
        Rows of the N nodes without self-loops, as of `EventIndex`.
    key : (P,) int64 array, rising
        Unordered pairs a < b as a N + b.
    pair_offsets, pair_event
        Rows of the pairs.
    first : (E,) int64 array
        Number of the first event of each event's time.
    src, dst : (E,) int64 arrays
    root : (Q,) int64 array
    start : (Q, M) int64 array
        First events, each at its root; -1 where there is none.
    horizon : int, >= 1
        A step is drawn from the last so many events of each node, or pair, that qualify.
    word : (Q, M) uint64 array
        Identity of each walk's draws.
    found : (Q, M, 3) int64 array, filled in place
        Events, each strictly earlier than the one before it; -1 from where nothing was left.
    kind : (Q, M) int64 array, filled in place
        4 (x - 1) + y; 12 where there is no second event, -1 where there is no first.
    """
    n = len(offsets) - 1
    for q in range(len(root)):
        u = root[q]
        for m in range(start.shape[1]):
            found[q, m, 0] = start[q, m]
            found[q, m, 1] = -1
            found[q, m, 2] = -1
            kind[q, m] = -1
            if start[q, m] < 0:
                continue
            kind[q, m] = 12
            one = start[q, m]
            w = dst[one] if src[one] == u else src[one]
            if w == u:
                continue
            place = _either(offsets, event, other, u, w, first[one], horizon, fold(word[q, m], 2))
            if place < 0:
                continue
            two = event[place]
            found[q, m, 1] = two
            a, b = src[two], dst[two]
            same = min(a, b) == min(u, w) and max(a, b) == max(u, w)
            x, y = 1, 0
            if same:
                place = _either(offsets, event, other, u, w, first[two], horizon, fold(word[q, m], 3))
                if place >= 0:
                    three = event[place]
                    found[q, m, 2] = three
                    c, d = src[three], dst[three]
                    again = min(c, d) == min(u, w) and max(c, d) == max(u, w)
                    y = 1 if again else (2 if c == u or d == u else 3)
            else:
                x = 2 if a == u or b == u else 3
                near = u if x == 2 else w
                z = b if a == near else a
                three, y = _inside(
                    key, pair_offsets, pair_event, (u, w, z), n, first[two], horizon, fold(word[q, m], 3)
                )
                found[q, m, 2] = three
            kind[q, m] = 4 * (x - 1) + y


@njit(cache=True, nogil=True)
def count_places(found, count):  # type: ignore[no-untyped-def]
    """Count how often the event of every place stands first, second and third in the motifs of its query.

    Parameters
    ----------
    found : (Q, M, 3) int64 array
        -1 where there is none.
    count : (Q, M, 3, 3) float32 array, zeros; filled in place
        Shares of the M motifs.
    """
    n = found.shape[1]
    for q in range(len(found)):
        for m in range(n):
            for i in range(3):
                if found[q, m, i] < 0:
                    continue
                for k in range(n):
                    for j in range(3):
                        if found[q, k, j] == found[q, m, i]:
                            count[q, m, i, j] += 1.0 / n
