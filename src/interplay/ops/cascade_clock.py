"""Epidemics in continuous time, exact in law: infection times are shortest paths over random delays.

Each node draws how long it will be infectious, and of each of its edges the first contact within that time; both from
the seed, the run and the node alone, whoever is infected and when. A row is passed through in leaps along the line of
its edges' hazards: where a leap ends says which edge is live *and*, by the rest of it, after what delay.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.cascade_draws import LANES, run_keys
from interplay.ops.hashing import mix
from interplay.ops.heap import rise, sink

_GOLDEN = np.uint64(GOLDEN)


@njit(cache=True, nogil=True)
def spread_in_time(rows, rates, moments, seeds, code, seed, first_run, n_runs, node_count, samples, course):  # type: ignore[no-untyped-def]
    """Run many epidemics from one set of seeds, infected at time 0.

    Parameters
    ----------
    rows : tuple
        (offsets, target, sums): rows of a graph and, per entry, the sum of its row's weights up to it; `sums` is empty
        where all weights are 1.
    rates : tuple of float
        (infection per weight, recovery, duration), in 1/s, 1/s and s. A recovery of 0 never comes; the duration may be
        infinite if it does come.
    moments : (B,) float64 array, s
        Rising; ``course[b]`` counts who is infected in (moments[b - 1], moments[b]], the seeds in ``course[0]``.
    seeds : (K,) int64 array
    code : (N,) int64 array
        Group of each node.
    seed : uint64
    first_run, n_runs : int
        The first a multiple of 64.
    node_count : (N,) int64 array
        Added to.
    samples : (n_runs, G) int32 array
        Added to.
    course : (B, G) int64 array
        Added to; B = 0 keeps nothing.
    """
    n = len(code)
    when, place, heap = np.full(n, np.inf), np.full(n, -1, np.int32), np.empty(n, np.int32)
    reached, keys = np.empty(n, np.int32), np.empty(LANES, np.uint64)
    for run in range(n_runs):
        if run % LANES == 0:
            run_keys(seed, (first_run + run) // LANES, keys)
        size, found = 0, 0
        for s in seeds:
            when[s] = 0.0
            size = _offer(heap, place, when, size, s)
        step = 0
        while size > 0:
            u = heap[0]
            size = _take_first(heap, place, when, size)
            reached[found] = u
            found += 1
            node_count[u] += 1
            samples[run, code[u]] += 1
            if len(course) > 0:
                while step < len(course) - 1 and moments[step] < when[u]:
                    step += 1
                course[step, code[u]] += 1
            size = _infect_from(rows, rates, u, keys[run % LANES], heap, place, when, size)
        for k in range(found):
            when[reached[k]] = np.inf
            place[reached[k]] = -1


@njit(cache=True, inline="always")
def _leap(state):  # type: ignore[no-untyped-def]
    """Draw an exponential number of mean 1 from a hash."""
    return -math.log(1.0 - np.float64(state >> np.uint64(11)) * 2.0**-53)


@njit(cache=True, nogil=True)
def _infect_from(rows, rates, u, key, heap, place, when, size):  # type: ignore[no-untyped-def]
    """Enter the times at which a newly infected node would infect its neighbours."""
    offsets, target, sums = rows
    infection, recovery, duration = rates
    word = mix(key ^ mix(np.uint64(u) + _GOLDEN))
    lasts = duration if recovery == 0.0 else min(_leap(word) / recovery, duration)
    hazard = infection * lasts  # per weight
    first, last = offsets[u], offsets[u + 1]
    if hazard <= 0.0 or first == last:
        return size
    e, line = first, 0.0  # so much weight of the row has been passed
    while True:
        word += _GOLDEN
        line += _leap(mix(word)) / hazard
        if len(sums) == 0:
            if line >= last - first:
                return size
            e = first + np.int64(line)
            delay = (line - (e - first)) * lasts
            line = np.float64(e - first + 1)
        else:
            low, high = e, last
            while low < high:
                middle = (low + high) >> 1
                if sums[middle] <= line:
                    low = middle + 1
                else:
                    high = middle
            if low == last:
                return size
            e = low
            start = sums[e - 1] if e > first else 0.0
            delay = (line - start) / (sums[e] - start) * lasts
            line = sums[e]
        v = target[e]
        arrival = when[u] + delay
        if arrival <= duration and arrival < when[v]:
            when[v] = arrival
            size = _offer(heap, place, when, size, v)
        e += 1
        if e == last:
            return size


@njit(cache=True, nogil=True)
def _offer(heap, place, when, size, v):  # type: ignore[no-untyped-def]
    """Put node v into the heap, or raise it where its time has become earlier; gives the new size."""
    if place[v] < 0:
        heap[size], place[v] = v, size
        size += 1
    rise(heap, place, when, place[v])
    return size


@njit(cache=True, nogil=True)
def _take_first(heap, place, when, size):  # type: ignore[no-untyped-def]
    """Take the earliest node off the heap; gives the new size. Its place is 0 afterwards, never -1 again."""
    size -= 1
    if size == 0:
        return size
    heap[0] = heap[size]
    sink(heap, place, when, size)
    return size


@njit(cache=True, nogil=True)
def row_sums(offsets, weight, sums):  # type: ignore[no-untyped-def]
    """Add up the weights of each row; fills `sums`, (E,) float64."""
    for i in range(len(offsets) - 1):
        total = 0.0
        for e in range(offsets[i], offsets[i + 1]):
            total += weight[e]
            sums[e] = total
