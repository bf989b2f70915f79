"""Independent cascades along timed events, 64 runs to a word, in one sweep over the events."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits
from interplay.ops.cascade_draws import LANES, block_key, digits_of, lanes_below, stream
from interplay.ops.cascades import PLANES, lane_count

_ZERO = np.uint64(0)
_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def spread_events(contacts, moments, seeds, code, seed, first_run, n_runs, node_count, samples, course):  # type: ignore[no-untyped-def]  # noqa: C901
    """Run many cascades from seeds that are reached before the first event.

    Parameters
    ----------
    contacts : tuple
        (src, dst, time, chance): (E,) arrays in order of time. An event passes on in the lanes that reached its source
        at an earlier time, and only there draws.
    moments : (B,) float64 array
        Rising; ``course[b]`` counts what is reached in (moments[b - 1], moments[b]], the seeds in ``course[0]``.
    seeds : (K,) int64 array
    code : (N,) int64 array
        Group of each node.
    seed : uint64
    first_run, n_runs : int
        The first a multiple of 64.
    node_count : (N,) int64 array
        Added to.
    samples : (n_runs, G) int32 array
        Filled.
    course : (B, G) int64 array
        Added to; B = 0 keeps nothing.
    """
    src, dst, time, chance = contacts
    n, n_events = len(code), len(src)
    active, late, held = np.empty(n, np.uint64), np.zeros(n, np.uint64), np.empty(n, np.int64)
    planes = np.zeros((samples.shape[1], PLANES), np.uint64)
    for begin in range(0, n_runs, LANES):
        block = (first_run + begin) // LANES
        size = min(LANES, n_runs - begin)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        key = block_key(seed, block)
        active[:] = _ZERO
        for s in seeds:
            active[s] = lanes
            if len(course) > 0:
                course[0, code[s]] += size
        step, first = 0, 0
        while first < n_events:
            last = first + 1
            while last < n_events and time[last] == time[first]:
                last += 1
            # What is reached at this time waits in `late` until all events of this time have been looked at.
            waiting = 0
            for e in range(first, last):
                ask = active[src[e]] & ~active[dst[e]] & ~late[dst[e]]
                if ask == _ZERO:
                    continue
                hit = lanes_below(stream(key, e), digits_of(chance[e]), ask)
                if hit != _ZERO:
                    if late[dst[e]] == _ZERO:
                        held[waiting] = dst[e]
                        waiting += 1
                    late[dst[e]] |= hit
            if len(course) > 0:
                while step < len(course) - 1 and moments[step] < time[first]:
                    step += 1
            for k in range(waiting):
                v = held[k]
                if len(course) > 0:
                    course[step, code[v]] += count_bits(late[v])
                active[v] |= late[v]
                late[v] = _ZERO
            first = last
        for v in range(n):
            word = active[v]
            node_count[v] += count_bits(word)
            plane = planes[code[v]]
            digit = 0
            while word != _ZERO:
                both = plane[digit] & word
                plane[digit] ^= word
                word = both
                digit += 1
        for lane in range(size):
            for g in range(samples.shape[1]):
                samples[begin + lane, g] = lane_count(planes[g], lane)
        planes[:] = _ZERO
