"""Evidence on pairs of nodes from a signed stream: what each gave and received, and the paths of two events between.

All of it lives in rows by node, so that whoever wants to look ahead can put the rows of a few nodes back.
"""

from __future__ import annotations

import math

from numba import njit

#: Columns of `follow_evidence` before those of the fading counters, and after them.
N_BEFORE, N_AFTER = 23, 14


@njit(cache=True, nogil=True)
def follow_evidence(  # type: ignore[no-untyped-def]
    src, dst, sign, group, ask, put, scales, total, counts, fading, trail, partner, bond, met, filled, mark, out
):
    """Go through groups of events of one time each: tell of every pair of a group, then take the group in.

    Parameters
    ----------
    src, dst : (B,) int64 arrays, in [0, N)
    sign : (B,) int64 array of -1, 0 and 1
        Not read unless `put`.
    group : (G + 1,) int64 array
        Group g is ``group[g]:group[g + 1]``. Where a row of partners is full, the order inside a group decides which
        of them stay, and nothing else.
    ask, put : bool
        Whether to write `out`, and whether to write the rest.
    scales : (S,) float64 array, events, > 0
        After so many events of the stream a fading counter is down to 1 / e.
    total : (1,) int64 array
        Events taken in: the clock.
    counts : (N, 4) int64 array
        Positive and negative events from a node, and to it.
    fading : (N, 4 S + 1) float64 array
        The same, fading, scale by scale; last, the clock they were brought to.
    trail : (N, 8) float64 array
        Clock of the last event from the node and to it (-1: never), sum of the signs of the events at these clocks,
        clock of the first event (-1: never), sums over its own events of how far and in which direction their signs
        were from what their destinations had received, and how many these were.
    partner, bond, met : (N, 2, K) int32, int32 and int64 arrays
        The last K partners that a node met for the first time, as source and as destination; the sum of the signs of
        the last events with each, and their clock. Partner -1: empty.
    filled : (N, 2) int64 array
        Partners ever put into each row.
    mark : (N,) int64 array of zeros
        Scratch; zeros again at the end.
    out : (B, 37 + 8 S) float64 array
    """
    for g in range(len(group) - 1):
        first, stop = group[g], group[g + 1]
        if ask:
            for e in range(first, stop):
                _tell(src[e], dst[e], scales, total[0], counts, fading, trail, partner, bond, met, filled, mark, out[e])
        if put:
            for e in range(first, stop):
                if sign[e] != 0:
                    a, b = src[e], dst[e]
                    off = sign[e] - _mean_sign(counts, b, 2)
                    trail[a, 5] += abs(off)
                    trail[a, 6] += off
                    trail[a, 7] += 1.0
            for e in range(first, stop):
                _take(src[e], dst[e], sign[e], scales, total[0], counts, fading, trail, partner, bond, met, filled)
            total[0] += stop - first


@njit(cache=True, nogil=True)
def _mean_sign(counts, node, column):  # type: ignore[no-untyped-def]
    p, n = counts[node, column], counts[node, column + 1]
    return (p - n) / (p + n + 1.0)


@njit(cache=True, nogil=True)
def _fresh(clock, then):  # type: ignore[no-untyped-def]
    """Give 1 for what has just been, falling with the logarithm of the events since; 0 for what never was."""
    return 0.0 if then < 0 else 1.0 / (1.0 + math.log1p(clock - then))


@njit(cache=True, nogil=True)
def _sign(x):  # type: ignore[no-untyped-def]
    return 1.0 if x > 0 else (-1.0 if x < 0 else 0.0)


@njit(cache=True, nogil=True)
def _tell(  # type: ignore[no-untyped-def]
    a, b, scales, clock, counts, fading, trail, partner, bond, met, filled, mark, out
):
    """Write one row of evidence."""
    forth = _find(partner, a, 0, b, filled)
    back = _find(partner, b, 0, a, filled)
    for k in range(4):
        out[k], out[4 + k] = counts[a, k], counts[b, k]
    out[8], out[9], out[10] = _mean_sign(counts, a, 0), _mean_sign(counts, a, 2), _mean_sign(counts, b, 2)
    out[11] = 0.0 if back < 0 else _sign(bond[b, 0, back])
    out[12] = _mean_sign(counts, b, 0)
    for k in range(2):
        out[13 + k], out[15 + k] = _fresh(clock, trail[a, k]), _fresh(clock, trail[b, k])
        out[17 + k], out[19 + k] = _sign(trail[a, 2 + k]), _sign(trail[b, 2 + k])
    out[21] = 0.0 if trail[a, 4] < 0 else math.log1p(clock - trail[a, 4])
    out[22] = 0.0 if trail[b, 4] < 0 else math.log1p(clock - trail[b, 4])
    place, width = 23, 4 * len(scales)
    for s in range(len(scales)):
        for node in (a, b):
            share = math.exp((fading[node, width] - clock) / scales[s])
            for k in range(4):
                out[place + k] = math.log1p(fading[node, 4 * s + k] * share)
            place += 4
    _paths(a, b, partner, bond, filled, mark, out[place : place + 8])
    place += 8
    out[place] = trail[a, 5] / (trail[a, 7] + 2.0)
    out[place + 1] = trail[a, 6] / (trail[a, 7] + 2.0)
    out[place + 2] = _goodness(b, trail, partner, bond, filled)
    out[place + 3] = 0.0 if forth < 0 else _sign(bond[a, 0, forth])
    out[place + 4] = 0.0 if forth < 0 else _fresh(clock, met[a, 0, forth])
    out[place + 5] = 0.0 if back < 0 else _fresh(clock, met[b, 0, back])


@njit(cache=True, nogil=True)
def _find(partner, node, role, other, filled):  # type: ignore[no-untyped-def]
    """Give the slot of a partner, -1 if it is in none."""
    for k in range(min(filled[node, role], partner.shape[2])):
        if partner[node, role, k] == other:
            return k
    return -1


@njit(cache=True, nogil=True)
def _paths(a, b, partner, bond, filled, mark, out):  # type: ignore[no-untyped-def]
    """Count nodes w with one event to or from `a` and one to or from `b`, by both roles and the product of the signs.

    Pairs of columns, product positive and negative: a to w to b, w to both, both to w, b to w to a.
    """
    width = partner.shape[2]
    out[:] = 0.0
    for role in range(2):
        size = min(filled[a, role], width)
        for k in range(size):
            s = bond[a, role, k]
            mark[partner[a, role, k]] = 1 if s > 0 else (-1 if s < 0 else 0)
        for other in range(2):
            # Role 0 holds those the node went to, role 1 those it was reached from.
            place = (0 if other == 1 else 4) if role == 0 else (2 if other == 1 else 6)
            for k in range(min(filled[b, other], width)):
                product = mark[partner[b, other, k]] * bond[b, other, k]
                if product > 0:
                    out[place] += 1.0
                elif product < 0:
                    out[place + 1] += 1.0
        for k in range(size):
            mark[partner[a, role, k]] = 0
    for k in range(8):
        out[k] = math.log1p(out[k])


@njit(cache=True, nogil=True)
def _goodness(b, trail, partner, bond, filled):  # type: ignore[no-untyped-def]
    """Average the signs a node received, each counting as much as its source was in line with others before."""
    top, bottom = 0.0, 1.0
    for k in range(min(filled[b, 1], partner.shape[2])):
        source = partner[b, 1, k]
        fair = 1.0 - 0.5 * trail[source, 5] / (trail[source, 7] + 2.0)
        top += fair * _sign(bond[b, 1, k])
        bottom += fair
    return top / bottom


@njit(cache=True, nogil=True)
def _take(a, b, sign, scales, clock, counts, fading, trail, partner, bond, met, filled):  # type: ignore[no-untyped-def]
    """Write one event, apart from what its source's record of being in line with others needs."""
    _touch(a, 0, sign, scales, clock, counts, fading, trail)
    _touch(b, 1, sign, scales, clock, counts, fading, trail)
    _meet(a, 0, b, sign, clock, partner, bond, met, filled)
    _meet(b, 1, a, sign, clock, partner, bond, met, filled)


@njit(cache=True, nogil=True)
def _touch(node, role, sign, scales, clock, counts, fading, trail):  # type: ignore[no-untyped-def]
    width = 4 * len(scales)
    if fading[node, width] != clock:
        for s in range(len(scales)):
            share = math.exp((fading[node, width] - clock) / scales[s])
            for k in range(4):
                fading[node, 4 * s + k] *= share
        fading[node, width] = clock
    if sign != 0:
        column = 2 * role + (1 if sign < 0 else 0)
        counts[node, column] += 1
        for s in range(len(scales)):
            fading[node, 4 * s + column] += 1.0
    if trail[node, role] != clock:
        trail[node, role], trail[node, 2 + role] = clock, 0.0
    trail[node, 2 + role] += sign
    if trail[node, 4] < 0:
        trail[node, 4] = clock


@njit(cache=True, nogil=True)
def _meet(node, role, other, sign, clock, partner, bond, met, filled):  # type: ignore[no-untyped-def]
    slot = _find(partner, node, role, other, filled)
    if slot < 0:
        slot = filled[node, role] % partner.shape[2]
        filled[node, role] += 1
        partner[node, role, slot] = other
        met[node, role, slot] = -1
    if met[node, role, slot] != clock:
        met[node, role, slot], bond[node, role, slot] = clock, 0
    bond[node, role, slot] += sign
